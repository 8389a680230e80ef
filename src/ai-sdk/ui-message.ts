/** What a user interface of the AI SDK is shown of a run. */
import type { ProviderMetadata, UIMessage, UIMessageChunk } from 'ai'
import type { ChatStopReason } from '../agentchat/runs/task.ts'
import type { Usage } from '../models/model.ts'

/**
 * The parts of a message that the AI SDK has no type for; each is of the type `data-` and its name.
 */
export type HeddleUIData = {
  /** Who speaks next. It is not kept in the message: see `onData` of `useChat`. */
  speakers: { readonly team: string; readonly names: readonly string[] }
  handoff: { readonly agent: string; readonly target: string; readonly content: string }
  /** The answer in JSON, which is a text part as well. `format`: the name of its type. */
  structured: { readonly agent: string; readonly format: string; readonly content: unknown }
  /** What a human is asked. The next run gets the answer, as `input`. */
  'input-request': { readonly agent: string; readonly id: string; readonly prompt: string }
  memory: { readonly agent: string; readonly items: readonly string[] }
  'code-generated': { readonly agent: string; readonly attempt: number; readonly code: string }
  'code-executed': {
    readonly agent: string
    readonly attempt: number
    readonly exitCode: number
    readonly output: string
  }
}

/** Why a run ended, for a browser: of a failure, its agent alone. */
export type UIStopReason =
  | Exclude<ChatStopReason, { readonly kind: 'failed' }>
  | { readonly kind: 'failed'; readonly source: string }

/** What the message says of the whole run, once that has ended. */
export type HeddleUIMetadata = {
  readonly stopReason?: UIStopReason
  readonly usage?: Usage
  /** Of a last answer that is not whole: it was cut at its length, or withheld. */
  readonly finish?: 'length' | 'content-filter'
}

/**
 * A message of `useChat` that a run has made: `useChat<HeddleUIMessage>()`. The agent that a text,
 * a thought or a tool call is of is in the part's metadata, under `heddle`.
 */
export type HeddleUIMessage = UIMessage<HeddleUIMetadata, HeddleUIData>

export type Chunk = UIMessageChunk<unknown, HeddleUIData>

/** Says which agent a part is of. */
export function ownerOf(agent: string): ProviderMetadata {
  return { heddle: { agent } }
}
