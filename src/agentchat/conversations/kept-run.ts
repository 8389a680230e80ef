/**
 * What a team's manager has committed of its conversation, read without a turn of it: a run can be
 * controlled, and its end be known, whatever its manager does or waits for.
 *
 * Does not own: the state. It is a copy of what was committed when it is made.
 */
import type { Clock } from '../../clock.ts'
import { defect } from '../../defect.ts'
import { addUsage, type ModelMessage, NO_USAGE } from '../../models/model.ts'
import { COMMITTED, type Runtime } from '../../runtime/local-runtime.ts'
import type { CommittedState } from '../../state/committed-state.ts'
import type { SavedAgent } from '../agents/saved-agent.ts'
import { RunBudget } from '../machine/run-budget.ts'
import type { Answer, Looking, TeamPlan } from '../machine/team-plan.ts'
import {
  isUndecided,
  newRun,
  newTeamState,
  openRequests,
  type TeamState,
  unheardIn,
} from '../machine/team-state.ts'
import type { ChatMessage } from '../messages/chat-message.ts'
import { frozenCopy } from '../messages/plain.ts'
import type { ChatStopReason, InputRequest, TaskResult } from '../runs/task.ts'
import type { SavedConversation } from './saved-conversation.ts'
import { speakerId } from './team-protocol.ts'

/** What a `KeyedLog` keeps in a field, from an index on. */
function logIn<T>(kept: CommittedState, field: string, from = 0): T[] {
  const items: T[] = []
  for (let at = from; ; at++) {
    const item = kept.entry(field, String(at))
    if (item === undefined) return items
    items.push(item as T)
  }
}

/** How long a condition may take that is asked from outside whether the run ends. */
const LOOK_MS = 1_000

export class KeptRun {
  readonly #runtime: Runtime
  readonly #plan: TeamPlan
  readonly #key: string
  readonly #committed: CommittedState
  readonly #team: TeamState | undefined

  constructor(runtime: Runtime, plan: TeamPlan, key: string) {
    this.#runtime = runtime
    this.#plan = plan
    this.#key = key
    this.#committed = runtime[COMMITTED]({ type: plan.name, key })
    this.#team = this.#committed.field('team') as TeamState | undefined
  }

  /** The present or the last run's; undefined: there was none. */
  get token(): string | undefined {
    return this.#team?.run?.token
  }

  get isPaused(): boolean {
    return this.#team?.run?.status === 'paused'
  }

  /** Whether the flow decides now who speaks next, or is about to. */
  get isUndecided(): boolean {
    return this.#team !== undefined && isUndecided(this.#team)
  }

  /** The requests of the last run that nobody has answered yet. */
  get openRequests(): InputRequest[] {
    return openRequests(this.#team?.step ?? null)
  }

  /** What the run gave; undefined: it has not ended by itself. */
  get result(): TaskResult | undefined {
    const reason = this.#team?.run?.stopReason
    return reason === null || reason === undefined ? undefined : this.resultOf(reason)
  }

  /** What the run gives if it ends now. */
  resultOf(stopReason: ChatStopReason): TaskResult {
    const { run, step = null } = this.#team ?? {}
    const messages = logIn<ChatMessage>(this.#committed, 'thread', run?.from)
    const unheard = unheardIn(step).map(({ name, ask }) => {
      return this.#unheard(name, ask)?.usage ?? NO_USAGE
    })
    const usage = [run?.usage ?? NO_USAGE, ...unheard].reduce(addUsage)
    const refuse = (problem: string) => defect(`a result holds what ${problem}`)
    return frozenCopy({ kind: 'result' as const, messages, stopReason, usage }, refuse)
  }

  /** All that the manager and the speakers keep. Nothing of a run may be under way. */
  save(): Pick<SavedConversation, 'manager' | 'speakers'> {
    const team = this.#team ?? newTeamState(this.#plan.flow.initial)
    const { run } = team
    const rests = run?.status === 'running' ? { ...run, status: 'paused' as const } : run
    const thread = logIn<ChatMessage>(this.#committed, 'thread')
    const speakers = this.#plan.speakers.map(
      ({ name }) => [name, this.#savedSpeaker(name)] as const,
    )
    return {
      manager: { state: { ...team, run: rests }, thread },
      speakers: Object.fromEntries(speakers),
    }
  }

  #savedSpeaker(name: string): SavedAgent {
    const kept = this.#speaker(name)
    return {
      version: 1,
      history: logIn<ModelMessage>(kept, 'history'),
      state: (kept.field('state') ?? {}) as SavedAgent['state'],
      ids: Number(kept.field('ids') ?? 0),
      waiting: null,
    }
  }

  /** Why the run ends, if it does, at an alarm or because it should stop. */
  async look(
    { stopAsked, atMs }: Looking,
    { token, beganAt }: { readonly token: string; readonly beganAt: number },
    clock: Clock,
  ): Promise<ChatStopReason | undefined> {
    // Its manager may not have begun it yet.
    const kept = this.token === token ? this.#team?.run : undefined
    const run = kept ?? newRun(this.#plan, { token, owner: '', beganAt, from: 0 })
    if (run.status === 'ended') return undefined
    const late = new AbortController()
    const { signal } = late
    const budget = new RunBudget(this.#plan, { now: () => clock.wallNow(), signal, ending: signal })
    const elapsedMs = Math.max(atMs, budget.elapsed(run))
    const stopTimer = clock.after(LOOK_MS, () => late.abort())
    let met: ChatStopReason | undefined
    try {
      met = await budget.look(run, { items: [], isTask: false, stopAsked, elapsedMs })
    } catch (error) {
      if (!signal.aborted) throw error // otherwise the condition does not answer: it is not met
    } finally {
      stopTimer()
    }
    const stopped = { kind: 'stopped', text: 'it was asked to stop' } as const
    return met ?? budget.budget(run, elapsedMs) ?? (stopAsked ? stopped : undefined)
  }

  /** What a speaker has answered, where the answer has not come to the manager. */
  #unheard(name: string, ask: number): Answer | undefined {
    const answer = (this.#speaker(name).field('answer') ?? undefined) as Answer | undefined
    return answer?.ask === ask ? answer : undefined
  }

  #speaker(name: string): CommittedState {
    return this.#runtime[COMMITTED](speakerId(this.#plan.name, this.#key, name))
  }
}
