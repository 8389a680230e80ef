/** Who speaks next: what makes a team round robin, a swarm or a graph. */
import { describe } from '../../errors.ts'
import type { ModelClient, ModelResult } from '../../models/model.ts'
import type { Question } from '../agents/model-call.ts'
import {
  type AgentEvent,
  type ChatMessage,
  readAs,
  readChatMessage,
} from '../messages/chat-message.ts'
import { frozenCopy, type Plain } from '../messages/plain.ts'
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

/** All that was said in a conversation, oldest first. */
export interface Thread {
  readonly length: number
  /** From the message of this number on; by default all. */
  read(from?: number): ChatMessage[]
}

/** What a flow decides by. */
export interface FlowContext {
  /** The team's name. */
  readonly team: string
  /** What the flow keeps of this conversation: data, changed in place, saved and loaded with it. */
  readonly state: Record<string, Plain>
  readonly speakers: readonly Speaker[]
  readonly thread: Thread
  /**
   * Why it is asked: a run begins with a task, one goes on without, or those who were to speak have
   * spoken. `spoke`: their messages, in the order in which they were named.
   */
  readonly why:
    | { readonly kind: 'task'; readonly messages: readonly ChatMessage[] }
    | { readonly kind: 'goes-on' }
    | { readonly kind: 'spoke'; readonly messages: readonly ChatMessage[] }
  readonly signal: AbortSignal
  /** Shows it to whoever watches the run. Throws HEDDLE_INVALID_TEAM for what is no event. */
  emit(event: AgentEvent): void
  /** Asks a model in the flow's name; its usage counts for the run. */
  callModel(model: ModelClient, request: Question): Promise<ModelResult>
  /** A message of the flow's own, to be said with what comes next. `source`: the team's name. */
  message(content: string): ChatMessage
}

/** What comes next. */
export type Next =
  /** These speak, at once, each shown what is new to it. */
  | {
      readonly kind: 'speak'
      readonly names: readonly string[]
      /** Said to all before. */
      readonly says?: readonly ChatMessage[]
      /** Whether all agents forget what they have heard so far. Default false. */
      readonly afresh?: boolean
    }
  | {
      readonly kind: 'stop'
      readonly reason: ChatStopReason
      readonly says?: readonly ChatMessage[]
    }

/** Who speaks next: `roundRobin()` and the like, or one of your own. */
export interface Flow {
  readonly kind: string
  /** What it keeps when a conversation begins. */
  readonly initial: Readonly<Record<string, Plain>>
  /**
   * What it keeps makes sense under this alone, as places in a list of edges do: what was saved
   * under another is refused. Default: none.
   */
  readonly shape?: Plain
  /** Throws HEDDLE_INVALID_TEAM when these can't take part. */
  check?(speakers: readonly Speaker[], options: { readonly isBounded: boolean }): void
  /**
   * Asked again with `goes-on` when a run was cut before it was asked, or after it failed. Must not
   * keep anything of its own.
   */
  next(context: FlowContext): Next | Promise<Next>
}

/** A copy of what a flow said, if it makes sense. Throws HEDDLE_INVALID_TEAM. */
export function checkNext(
  given: Next,
  { name, speakers }: { readonly name: string; readonly speakers: readonly Speaker[] },
): Next {
  const refuse = (problem: string) => refuseChat('team', problem, name)
  const next = frozenCopy(given, (problem) => refuse(`of what its flow answered, ${problem}`))
  for (const message of Object(next).says ?? []) {
    const read = readChatMessage(message)
    if (read.kind === 'refused') throw refuse(`its flow says what is no message: ${read.problem}`)
  }
  if (next?.kind === 'stop') {
    const read = readAs<ChatStopReason>(stopReasonSchema, next.reason)
    if (read.kind === 'fits') return next
    throw refuse(`its flow stops for what is no stop reason: ${read.problem}`)
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
