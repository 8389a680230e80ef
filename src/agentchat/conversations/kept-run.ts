/**
 * What the parts of a team have committed of a conversation, read without a turn of them: a run can
 * be controlled, and its end be known, whatever its manager does or waits for.
 *
 * Does not own: the state. It is a copy of what was committed when it is made.
 */
import type { Clock } from '../../clock.ts'
import { defect } from '../../defect.ts'
import type { AgentId } from '../../ids/agent-id.ts'
import { frozenCopy } from '../../messages/plain.ts'
import { addUsage, type ModelMessage, NO_USAGE, type Usage } from '../../models/model.ts'
import { COMMITTED, type Runtime } from '../../runtime/local-runtime.ts'
import type { CommittedState } from '../../state/committed-state.ts'
import type { SavedAgent } from '../agents/saved-agent.ts'
import { RunBudget } from '../machine/run-budget.ts'
import type { Answer, Looking } from '../machine/team-plan.ts'
import {
  isUndecided,
  newRun,
  newTeamState,
  openRequests,
  type TeamState,
  unheardIn,
} from '../machine/team-state.ts'
import type { ChatMessage } from '../messages/chat-message.ts'
import type { ChatStopReason, InputRequest, TaskResult } from '../runs/task.ts'
import { logIn } from './keyed-log.ts'
import { sinceTold } from './manager-below.ts'
import { type AgentMember, idBelow, type Member, type TeamMember } from './members.ts'
import type { SavedMember, SavedTeam } from './saved-conversation.ts'
import type { SavedSpeaker, Suspended } from './speaker-state.ts'
import { type Asked, type SavedManager, tokenOf } from './team-protocol.ts'

/** How long a condition may take that is asked from outside whether the run ends. */
const LOOK_MS = 1_000

interface RunAt {
  readonly token: string
  readonly topic: { readonly type: string; readonly source: string }
}

export class KeptRun {
  readonly #runtime: Runtime
  readonly #member: TeamMember
  readonly #key: string
  readonly #committed: CommittedState
  readonly #team: TeamState | undefined

  constructor(runtime: Runtime, member: TeamMember, key: string) {
    this.#runtime = runtime
    this.#member = member
    this.#key = key
    this.#committed = runtime[COMMITTED]({ type: member.type, key })
    this.#team = this.#committed.field('team') as TeamState | undefined
  }

  /** The present or the last run's; undefined: there was none. */
  get token(): string | undefined {
    return this.#team?.run?.token
  }

  /** The managers whose flow decides now who speaks next, or is about to. */
  get undecided(): readonly AgentId[] {
    if (this.#team === undefined) return []
    if (isUndecided(this.#team)) return [{ type: this.#member.type, key: this.#key }]
    return this.#unheard.flatMap(({ member, ask }) =>
      this.#runsOf(member, ask).flatMap(({ undecided }) => undecided),
    )
  }

  /** The run and all that are part of it and under way, each with its token and its topic. */
  get underWay(): readonly RunAt[] {
    const { type } = this.#member
    const own = { token: this.token ?? '', topic: { type, source: this.#key } }
    const below = this.#unheard.flatMap(({ member, ask }) =>
      this.#runsOf(member, ask).flatMap(({ underWay }) => underWay),
    )
    return [own, ...below]
  }

  /** The requests of the last run that nobody has answered yet. */
  get openRequests(): InputRequest[] {
    return openRequests(this.#team?.step ?? null)
  }

  /** Whether these messages were said in the run. */
  holds(messages: readonly ChatMessage[]): boolean {
    const said = logIn<ChatMessage>(this.#committed, 'thread', this.#team?.run?.from)
    const ids = new Set(said.map(({ id }) => id))
    return messages.every(({ id }) => ids.has(id))
  }

  /** What the run gave; undefined: it has not ended by itself. */
  get result(): TaskResult | undefined {
    const reason = this.#team?.run?.stopReason
    return reason === null || reason === undefined ? undefined : this.resultOf(reason)
  }

  /** What the run gives if it ends now. */
  resultOf(stopReason: ChatStopReason): TaskResult {
    const messages = logIn<ChatMessage>(this.#committed, 'thread', this.#team?.run?.from)
    const refuse = (problem: string) => defect(`a result holds what ${problem}`)
    const usage = this.#usage
    return frozenCopy({ kind: 'result' as const, messages, stopReason, usage }, refuse)
  }

  /** All that the manager and the parts below keep. Nothing of a run may be under way. */
  save(): SavedTeam {
    const team = this.#team ?? newTeamState(this.#member.plan.flow.initial)
    const { run } = team
    const rests = run?.status === 'running' ? { ...run, status: 'paused' as const } : run
    const thread = logIn<ChatMessage>(this.#committed, 'thread')
    const asked = this.#committed.field('asked') ?? null
    const answer = this.#committed.field('answer') ?? null
    const isPart = asked !== null
    const state = { ...team, run: rests }
    const numbered = Number(this.#committed.field('numbered') ?? 0)
    const manager = {
      state,
      thread,
      ...(isPart && { asked, answer }),
      ...(numbered > 0 && { numbered }),
    } as unknown as SavedManager
    const { kind: flow, shape = null } = this.#member.plan.flow
    const speakers = this.#saveBelow(this.#member)
    return { flow, shape, manager, speakers }
  }

  /** Why the run ends, if it does, at an alarm or because it should stop. */
  async look(
    { stopAsked, atMs }: Looking,
    { token, beganAt }: { readonly token: string; readonly beganAt: number },
    clock: Clock,
  ): Promise<ChatStopReason | undefined> {
    const { plan } = this.#member
    // Its manager may not have begun it yet.
    const kept = this.token === token ? this.#team?.run : undefined
    const run = kept ?? newRun(plan, { token, owner: '', beganAt, from: 0 })
    if (run.status === 'ended') return undefined
    const late = new AbortController()
    const { signal } = late
    const budget = new RunBudget(plan, { now: () => clock.wallNow(), signal, ending: signal })
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

  /** What the run has used, with what the manager has not heard of. */
  get #usage(): Usage {
    const unheard = this.#unheard.map(({ member, ask }) => this.#usageOf(member, ask))
    return [this.#team?.run?.usage ?? NO_USAGE, ...unheard].reduce(addUsage)
  }

  /** Those who were asked and whose answer has not come to the manager. */
  get #unheard() {
    return unheardIn(this.#team?.step ?? null).map(({ name, ask }) => {
      return { member: this.#member.members.get(name) as Member, ask }
    })
  }

  /** What a part has used that was asked under this number, whether it has answered or not. */
  #usageOf(member: Member, ask: number): Usage {
    const kept = this.#below(member)
    const answer = kept.field('answer') as Answer | null | undefined
    if (answer?.ask === ask) return answer.usage
    const runs = this.#runsOf(member, ask).map((run) => run.#untold)
    const suspended = member.kind === 'agent' ? suspendedIn(kept, ask) : undefined
    return [suspended?.spent.usage ?? NO_USAGE, ...runs].reduce(addUsage)
  }

  /** What a run has used that the part above was not told of. */
  get #untold(): Usage {
    const { told } = (this.#committed.field('asked') ?? {}) as Partial<Asked>
    const used = { usage: this.#usage, toolCalls: 0 }
    return told === undefined ? used.usage : sinceTold(used, told).usage
  }

  /** The runs under way that a part has begun which was asked under this number. */
  #runsOf(member: Member, ask: number): KeptRun[] {
    const { key } = idBelow(this.#key, member)
    if (member.kind === 'team') {
      const run = new KeptRun(this.#runtime, member, key)
      return run.token === tokenOf(ask) ? [run] : []
    }
    const suspended = suspendedIn(this.#below(member), ask)
    return (suspended?.asks ?? []).flatMap((one) => {
      const team = member.members.get(one.to)
      if (team === undefined || one.answer !== null || one.ask === null) return []
      const run = new KeptRun(this.#runtime, team, idBelow(key, team).key)
      return run.token === tokenOf(one.ask) ? [run] : []
    })
  }

  #saveBelow({ members }: TeamMember): Record<string, SavedMember> {
    const saved = [...members.values()].map((member) => [member.name, this.#save(member)] as const)
    return Object.fromEntries(saved)
  }

  #save(member: Member): SavedMember {
    const { key } = idBelow(this.#key, member)
    if (member.kind === 'team') return new KeptRun(this.#runtime, member, key).save()
    const speaker = savedSpeaker(this.#below(member), member)
    if (member.members.size === 0) return speaker
    const teams = [...member.members.values()].map((team) => {
      return [team.name, new KeptRun(this.#runtime, team, idBelow(key, team).key).save()] as const
    })
    return { ...speaker, teams: Object.fromEntries(teams) }
  }

  #below(member: Member): CommittedState {
    return this.#runtime[COMMITTED](idBelow(this.#key, member))
  }
}

/** The turn of a speaker that waits for teams, if it was asked under this number. */
function suspendedIn(kept: CommittedState, ask: number): Suspended | undefined {
  const suspended = kept.field('suspended') as Suspended | null | undefined
  return suspended?.ask === ask ? suspended : undefined
}

function savedSpeaker(kept: CommittedState, { members }: AgentMember): SavedSpeaker {
  const suspended = (kept.field('suspended') ?? null) as Suspended | null
  return {
    version: 1,
    history: logIn<ModelMessage>(kept, 'history'),
    state: (kept.field('state') ?? {}) as SavedAgent['state'],
    ids: Number(kept.field('ids') ?? 0),
    waiting: null,
    ...(members.size > 0 && { asks: Number(kept.field('asks') ?? 0), suspended }),
  }
}
