/** How what a turn calls on the main thread gets there: by the turn's lane. */
import { currentTurn } from '../agents/turn-context.ts'
import { HeddleError } from '../errors.ts'
import { agentIdText } from '../ids/agent-id.ts'
import { type PartAsk, setWayToMain } from '../tools/main-part.ts'
import type { TurnRun } from './turn-run.ts'

/** Opens the way for all turns of this thread. */
export function openWayToMain(): void {
  setWayToMain(byLane)
}

function byLane(ask: PartAsk): Promise<unknown> | undefined {
  const mark = currentTurn()
  if (mark === undefined || !('agent' in mark)) return undefined
  const run = mark.run as TurnRun | undefined
  if (run?.outcome !== 'running') {
    const agent = run === undefined ? String(mark.agent) : agentIdText(run.root.id)
    return Promise.reject(new HeddleError('HEDDLE_TURN_ENDED', { agent, call: 'run' }))
  }
  return run.host.call(run.root, ask)
}
