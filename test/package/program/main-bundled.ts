import { ThreadedRuntime } from 'heddle'
import { sealer } from './sealer.agent.ts'
import { seal } from './sealing.ts'

// Beside the file that this one becomes.
const laneEntry = new URL('./lane.js', import.meta.url)

await seal(sealer.with({ mark: '#' }), (agents) =>
  ThreadedRuntime.start({ lanes: 2, agents, laneEntry }),
)
