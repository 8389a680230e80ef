/**
 * The contract of a flow, which decides who speaks next: it makes a team a round robin, a swarm or
 * a graph.
 */
import { describe } from '../../errors.ts'
import { frozenCopy, type Plain, readAs } from '../../messages/plain.ts'
import type { ModelClient, ModelResult } from '../../models/model.ts'
import type { Question } from '../agents/model-call.ts'
import { type AgentEvent, type ChatMessage, readChatMessage } from '../messages/chat-message.ts'
import { refuseChat } from '../messages/refusal.ts'
import { stopReasonSchema } from '../runs/stop-reason.ts'
import type { ChatStopReason } from '../runs/task.ts'

/** A participant as a flow sees it. */
export interface Speaker {
  readonly name: string
  readonly description: string
  readonly produces: readonly ChatMessage['kind'][]
  readonly kind: 'chat-agent' | 'team'
}

/** The messages of a conversation, oldest first. */
export interface Thread {
  readonly length: number
  /** The messages from this index on; by default all. */
  read(from?: number): ChatMessage[]
}

/** What a flow is given for its decision. */
export interface FlowContext {
  /** The team's name. */
  readonly team: string
  /** What the flow keeps of this conversation: data, changed in place, saved and loaded with it. */
  readonly state: Record<string, Plain>
  readonly speakers: readonly Speaker[]
  readonly thread: Thread
  /**
   * Why the flow is asked: a run begins with a task, a run goes on without one, or all speakers
   * that the flow named have spoken. `spoke`: their messages, in the order in which the speakers
   * were named.
   */
  readonly why:
    | { readonly kind: 'task'; readonly messages: readonly ChatMessage[] }
    | { readonly kind: 'goes-on' }
    | { readonly kind: 'spoke'; readonly messages: readonly ChatMessage[] }
  readonly signal: AbortSignal
  /**
   * Shows an event to the watchers of the run. Throws HEDDLE_INVALID_TEAM for a value that is not
   * an event.
   */
  emit(event: AgentEvent): void
  /** Calls a model on behalf of the flow; its usage counts for the run. */
  callModel(model: ModelClient, request: Question): Promise<ModelResult>
  /** Makes a message from the flow, to return in `says`. Its source is the team's name. */
  message(content: string): ChatMessage
}

/** What comes next. */
export type Next =
  /** These speak at the same time. Each is shown the messages that are new to it. */
  | {
      readonly kind: 'speak'
      readonly names: readonly string[]
      /** Messages that are said to all before that. */
      readonly says?: readonly ChatMessage[]
      /** Whether all agents forget what they have heard so far. Default false. */
      readonly afresh?: boolean
    }
  | {
      readonly kind: 'stop'
      readonly reason: ChatStopReason
      readonly says?: readonly ChatMessage[]
    }

/** Decides who speaks next: `roundRobin()` and the like, or a custom one. */
export interface Flow {
  readonly kind: string
  /** The flow's state when a conversation begins. */
  readonly initial: Readonly<Record<string, Plain>>
  /**
   * What the flow's state depends on, as indices into a list of edges depend on the list. A state
   * that was saved under another shape is refused. Default: none.
   */
  readonly shape?: Plain
  /** Throws HEDDLE_INVALID_TEAM when these speakers can't take part. */
  check?(speakers: readonly Speaker[], options: { readonly isBounded: boolean }): void
  /**
   * Called again for the same reason when the run was cut before its decision, or when the call
   * failed. Must not keep anything outside of the context's state.
   */
  next(context: FlowContext): Next | Promise<Next>
}

/** A copy of a flow's decision, if it is valid. Throws HEDDLE_INVALID_TEAM. */
export function checkNext(
  given: Next,
  { name, speakers }: { readonly name: string; readonly speakers: readonly Speaker[] },
): Next {
  const refuse = (problem: string) => refuseChat('team', problem, name)
  const next = frozenCopy(given, (problem) => refuse(`of what its flow answered, ${problem}`))
  for (const message of Object(next).says ?? []) {
    const read = readChatMessage(message)
    if (read.kind === 'refused')
      throw refuse(`of what its flow says, something is not a message: ${read.problem}`)
  }
  if (next?.kind === 'stop') {
    const read = readAs<ChatStopReason>(stopReasonSchema, next.reason)
    if (read.kind === 'fits') return next
    throw refuse(`the reason that its flow stops for is not a stop reason: ${read.problem}`)
  }
  if (next?.kind !== 'speak' || !Array.isArray(next.names)) {
    throw refuse(`its flow answered with ${describe(next)}, and neither names nor a reason to stop`)
  }
  const { names } = next
  const stranger = names.find((one) => !speakers.some((speaker) => speaker.name === one))
  if (stranger !== undefined) {
    throw refuse(`its flow named ${describe(stranger)}, who does not take part`)
  }
  const twice = names.find((one, at) => names.indexOf(one) < at)
  if (twice !== undefined) throw refuse(`its flow named '${twice}' twice in one step`)
  return next
}
