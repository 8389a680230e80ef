import { ThreadedRuntime } from 'heddle'
import { sealer } from './sealer.agent.ts'
import { seal } from './sealing.ts'

// It lies beside the file that this one is bundled into.
const laneEntry = new URL('./lane.js', import.meta.url)

await seal(sealer.with({ mark: '#' }), (agents) =>
  ThreadedRuntime.start({ lanes: 2, agents, laneEntry }),
)
