/**
 * A chat agent on a runtime, one for each conversation: its key is below the conversation's, so
 * that speakers of one step run on different lanes. A turn that asks teams ends there; when all of
 * them have answered, the agent is called again.
 *
 * Invariants: D5, a turn that fails leaves nothing in what the agent keeps, and its failure is
 * reported to the manager.
 */
import type { AgentRegistration } from '../../agents/agent-definition.ts'
import { defineAgent } from '../../agents/define-agent.ts'
import { endingOf, onceIfKept } from '../../lane/within-turn.ts'
import { copyOf, type Plain } from '../../messages/plain.ts'
import type { ModelMessage } from '../../models/model.ts'
import type { SpokenOutcome } from '../agents/agent-turn.ts'
import { takeTurn } from '../agents/agent-turn.ts'
import { NOTHING_SPENT, Purse } from '../agents/purse.ts'
import type { Answer, Speak } from '../machine/team-plan.ts'
import type { ChatMessage } from '../messages/chat-message.ts'
import { refuseState } from '../messages/refusal.ts'
import { logField } from './keyed-log.ts'
import { PERSISTENT } from './manager-agent.ts'
import { type AgentMember, limitsOf, topicAbove, withLimitOf } from './members.ts'
import {
  type Before,
  KeptHistory,
  load,
  reset,
  type SavedSpeaker,
  type SpeakerTurn,
  type Suspended,
  skipUsed,
} from './speaker-state.ts'
import {
  answered,
  askNext,
  cutAsked,
  newSuspended,
  pauseAsked,
  requestsOf,
  takeUp,
  tookIn,
} from './suspended-turn.ts'
import {
  Cut,
  type EndedRun,
  LoadSpeaker,
  News,
  Pause,
  Recall,
  Speech,
  type SpeechFacts,
  Spoke,
} from './team-protocol.ts'

export function speakerAgent(module: string, member: AgentMember): AgentRegistration {
  const { type, agent } = member
  return defineAgent(module, {
    type,
    description: agent.description,
    ...limitsOf(member),
    subscriptions: [{ topic: type }],
    state: {
      state: {} as Record<string, Plain>,
      history: logField<ModelMessage>(),
      ids: 0,
      asks: 0,
      numbered: 0,
      answer: null as Answer | null,
      suspended: null as Suspended | null,
    },
    handlers: (on) => [
      on(Speech, async (given, turn) => {
        const { watched, numbered, ...speak } = given as Speak & SpeechFacts
        skipUsed(turn, numbered)
        const { suspended } = turn.state
        if (suspended?.about === speak.about) {
          turn.state.suspended = takeUp(suspended, speak, watched)
          askNext(turn, member, speak.answers)
          await goOn(turn, member)
        } else await speakFirst(turn, member, speak, watched)
      }),
      on(Spoke, async (answer, turn) => {
        if (!tookIn(turn, answer as Answer)) return
        askNext(turn, member, {})
        await goOn(turn, member)
      }),
      on(Recall, ({ ask }, { state: { answer } }) => (answer?.ask === ask ? answer : null), {
        retry: PERSISTENT,
      }),
      on(Cut, (ended, turn) => cutAsked(turn, member, ended as EndedRun), { retry: PERSISTENT }),
      on(Pause, ({ token }, turn) => pauseAsked(turn, member, token)),
      on(
        LoadSpeaker,
        ({ saved, covered }, turn) => {
          if (saved === null) reset(turn, covered)
          else load(turn, saved as SavedSpeaker)
          return true
        },
        { retry: PERSISTENT },
      ),
    ],
  })
}

function speakFirst(turn: SpeakerTurn, member: AgentMember, speak: Speak, watched: boolean) {
  const { state: kept } = turn
  if (kept.suspended !== null) drop(turn, kept.suspended)
  if (speak.forgets) load(turn, null)
  const before = {
    length: kept.history.size,
    entries: null,
    state: copyOf(kept.state, refuseState),
  }
  return call(turn, member, newSuspended(speak, watched, before), Object.values(speak.answers)[0])
}

/** Another task has come: the turn that waits has not been. */
function drop({ state: kept }: SpeakerTurn, { before }: Suspended): void {
  new KeptHistory(kept.history, null).restore(before)
  kept.state = copyOf(before.state, refuseState)
  kept.suspended = null
}

/** Goes on with a suspended turn as far as the answers to what it has asked allow. */
async function goOn(turn: SpeakerTurn, member: AgentMember): Promise<void> {
  const suspended = turn.state.suspended as Suspended
  const requests = requestsOf(suspended)
  if (suspended.asks.some(({ ask, answer }) => ask !== null && answer === null)) return
  if (requests.length === 0) return call(turn, member, suspended, undefined)
  turn.state.suspended = { ...suspended, spent: NOTHING_SPENT }
  tell(turn, member, suspended, { kind: 'input', requests })
}

/** Calls the agent: the first time, or with the answers to all that it has asked. */
async function call(
  turn: SpeakerTurn,
  member: AgentMember,
  suspended: Suspended,
  input: string | undefined,
): Promise<void> {
  const { state: kept, key } = turn
  const { messages, left, watched, spent } = suspended
  const history = new KeptHistory(kept.history, suspended.before.entries)
  const purse = new Purse(left, spent)
  const news = newsFor(turn, member, suspended)
  const end = await takeTurn(member.agent, messages, {
    key,
    turnId: `${key}:${suspended.about}`,
    news: news.read,
    once: (name, run) => onceIfKept(turn, name, run),
    effect: (name, fn) => turn.once(name, fn),
    history,
    state: kept.state,
    input,
    ...(suspended.asks.length > 0 && { answered: answered(suspended) }),
    mayAsk: (name) => member.members.has(name),
    purse,
    signal: () => turn.signal,
    ending: endingOf(turn as never),
    throwIfCancelled: () => turn.throwIfCancelled(),
    nextId: () => `${key}#${++kept.ids}`,
    withLimit: (work) => withLimitOf(member, turn, work),
    show: (item) => {
      if (!watched) return
      turn.emit(item.kind === 'input-requested' ? { ...item, source: member.path } : item)
    },
  })
  const { outcome, usage, toolCalls } = end
  const before: Before = { ...suspended.before, entries: history.cleared }
  const now = { ...suspended, heard: news.heard(), before, spent: { usage, toolCalls } }
  if (outcome.kind === 'asks') {
    const asks = outcome.asks.map((ask) => ({
      ...ask,
      about: ++kept.asks,
      ask: null,
      answer: null,
    }))
    turn.state.suspended = { ...now, asks, events: [...suspended.events, ...outcome.events] }
    askNext(turn, member, {})
    return
  }
  if (outcome.kind === 'failed') {
    history.restore(before)
    kept.state = before.state
  }
  turn.state.suspended = null
  const isMessage = outcome.kind === 'message'
  const events = isMessage ? [...suspended.events, ...outcome.events] : []
  tell(turn, member, now, isMessage ? { ...outcome, events } : outcome)
}

/** What was said while the turn went on, as it reads it from the manager. */
function newsFor(turn: SpeakerTurn, member: AgentMember, { ask, heard: before }: Suspended) {
  let heard = before
  const { type, source: key } = topicAbove(member, turn.key)
  const read = async () => {
    const asked = turn.send(News({ by: member.name, ask, from: heard }), { type, key })
    const messages = (await asked.catch(() => [])) as readonly ChatMessage[]
    heard += messages.length
    return messages
  }
  return { read, heard: () => heard }
}

/** Tells the manager how the turn has ended. */
function tell(
  turn: SpeakerTurn,
  member: AgentMember,
  { ask, heard, spent }: Suspended,
  given: SpokenOutcome,
): void {
  const outcome = namedByPath(given, member)
  const answer: Answer = { ask, by: member.name, heard, outcome, ...spent }
  turn.state.answer = answer
  turn.publish(Spoke(answer), topicAbove(member, turn.key))
}

/** Whoever asks a human or has failed is named by its path, as others may have the same name. */
function namedByPath(outcome: SpokenOutcome, { name, path }: AgentMember): SpokenOutcome {
  const sourceOf = (source: string) => (source === name ? path : source)
  if (outcome.kind === 'input') {
    const requests = outcome.requests.map((one) => ({ ...one, source: sourceOf(one.source) }))
    return { ...outcome, requests }
  }
  if (outcome.kind !== 'failed' || outcome.reason.kind !== 'failed') return outcome
  const { source, text } = outcome.reason
  if (source !== name) return outcome
  const own = `${name} failed`
  const named = text.startsWith(own) ? `${path} failed${text.slice(own.length)}` : text
  return { ...outcome, reason: { ...outcome.reason, source: path, text: named } }
}
