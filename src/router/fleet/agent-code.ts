/**
 * Which text of an agent's module each lane runs. A replaced lane imports what is on disk by then,
 * and the other lanes go on with what they have.
 */
import type { Registrable } from '../../agents/agent-module.ts'
import type { CodeChange } from '../reports/inspect-record.ts'

/** An agent whose module has changed since it was registered. */
export interface ChangedCode {
  readonly agent: string
  /** The module's URL. */
  readonly module: string
  /** The lanes that run the changed text; the others run the text of its registration. */
  readonly lanes: readonly number[]
}

interface Known {
  /** The digest on the lane that loaded the agent first. */
  readonly first: string
  readonly changedOn: Set<number>
}

export class AgentCode {
  readonly #agents = new Map<Registrable, Known>()
  readonly #tell: (change: CodeChange) => void

  constructor(tell: (change: CodeChange) => void) {
    this.#tell = tell
  }

  /** Notes that a generation of a lane has loaded the agent. */
  note(
    agent: Registrable,
    on: { readonly lane: number; readonly generation: number },
    code: string | undefined,
  ): void {
    if (code === undefined) return
    const known = this.#agents.get(agent)
    if (known === undefined) {
      this.#agents.set(agent, { first: code, changedOn: new Set() })
    } else if (code === known.first) {
      known.changedOn.delete(on.lane)
    } else {
      known.changedOn.add(on.lane)
      this.#tell({ ...nameOf(agent), ...on })
    }
  }

  forget(agent: Registrable): void {
    this.#agents.delete(agent)
  }

  get changed(): ChangedCode[] {
    return [...this.#agents]
      .filter(([, { changedOn }]) => changedOn.size > 0)
      .map(([agent, { changedOn }]) => {
        return { ...nameOf(agent), lanes: [...changedOn].sort((one, other) => one - other) }
      })
  }
}

function nameOf(agent: Registrable): { agent: string; module: string } {
  if (agent.kind === 'reference') return { agent: agent.spec.type, module: agent.spec.module }
  return { agent: agent.type, module: agent.definition.module ?? '' }
}
