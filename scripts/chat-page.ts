/**
 * Builds the page of examples/29-a-chat-page with vite, after its packages are installed: `npm run
 * page` does so, and then starts the example.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { CommandError } from '../command-line/command-error.ts'
import { installPackages } from '../command-line/package-folder.ts'
import { complain, runProgram } from '../command-line/program.ts'

const PAGE = new URL('../examples/29-a-chat-page/page/', import.meta.url)
const VITE = fileURLToPath(new URL('node_modules/vite/bin/vite.js', PAGE))
const SPEC = {
  command: 'node -C heddle-source scripts/chat-page.ts',
  about: 'Builds the page of examples/29-a-chat-page, and installs what it needs.',
  options: {},
} as const

await runProgram(SPEC, async (_command, signal) => {
  await installPackages(PAGE, signal)
  const path = fileURLToPath(PAGE)
  complain(`vite build in ${path}`)
  const vite = spawn(process.execPath, [VITE, 'build', '--logLevel', 'warn'], {
    cwd: path,
    stdio: ['ignore', 'inherit', 'inherit'],
    signal,
  })
  const [code, by] = (await once(vite, 'exit')) as [number | null, string | null]
  if (code !== 0) throw new CommandError(`vite build ended with ${by ?? `code ${code}`}`, 1)
  return 0
})
