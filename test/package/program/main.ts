import { ThreadedRuntime } from 'heddle'
import { sealer } from './sealer.agent.ts'
import { seal } from './sealing.ts'

await seal(sealer.with({ mark: '#' }), (agents) => ThreadedRuntime.start({ lanes: 2, agents }))
