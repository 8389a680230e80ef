/** A hundred conversations at once, with a model server that takes four calls at a time. */
import { SingleThreadedRuntime } from 'heddle'
import type { Team } from 'heddle/agentchat'
import { advised, hasty } from './advice.team.ts'
import { seen } from './server.ts'

// agents whose limit nobody has given a size are refused
await SingleThreadedRuntime.start({ agents: advised.agents }).catch(({ message }) => {
  console.log(`${message}\n`)
})

const runtime = await SingleThreadedRuntime.start({
  agents: [...hasty.agents, ...advised.agents],
  limits: { 'model-server': 4 },
})
try {
  await ask(hasty)
  await ask(advised)
} finally {
  await runtime.stop()
}

async function ask(team: Team): Promise<void> {
  seen.refused = 0
  const runs = Array.from({ length: 100 }, (_, at) => {
    return team.conversation(runtime, `question-${at}`).run({ task: 'How do I weave faster?' })
  })
  const kinds = new Set((await Promise.all(runs)).map(({ stopReason }) => stopReason.kind))
  const refused = seen.refused === 0 ? 'no call was refused' : 'calls were refused'
  console.log(`${team.name}: ${refused}; its runs ended as ${[...kinds].sort().join(' and ')}`)
}
