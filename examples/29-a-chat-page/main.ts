/** A chat with a team on lanes, in a browser. The page has to be built before: `npm run page`. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { ThreadedRuntime } from 'heddle'
import { readPage } from './built-page.ts'
import { serverOn } from './server.ts'
import { shop } from './shop.team.ts'

const page = await readPage()
const runtime = await ThreadedRuntime.start({ lanes: 2, agents: shop.agents })
const server = serverOn(runtime, page)
const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
try {
  server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  console.log(`http://127.0.0.1:${port}/ (Ctrl-C ends it)`)
  await interrupted
} finally {
  server.close()
  server.closeAllConnections() // that cancels the runs
  await runtime.stop()
}
