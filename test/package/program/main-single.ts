import { SingleThreadedRuntime } from 'heddle'
import { sealer } from './sealer.agent.ts'
import { seal } from './sealing.ts'

await seal(sealer.with({ mark: '#' }), (agents) => SingleThreadedRuntime.start({ agents }))
