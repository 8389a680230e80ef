/** What threads ask of the part of the main thread, as data. */
import type { CallLimits } from './server-call.ts'
import type { ServerDefinition } from './server-definition.ts'

export interface McpData {
  readonly server: ServerDefinition
  readonly ask: McpAsk
}

export type McpAsk =
  | {
      readonly kind: 'list'
      /** The number of the list that the thread has. */
      readonly known: number | undefined
      readonly limits: CallLimits
    }
  | {
      readonly kind: 'call'
      readonly name: string
      readonly args: Record<string, unknown>
      readonly limits: CallLimits
    }

/** A tool as its server describes it. */
export interface ListedTool {
  readonly name: string
  readonly description: string
  /** A JSON schema of an object. */
  readonly parameters: Readonly<Record<string, unknown>>
}

/** Without tools: the list is the one that the thread has. */
export interface ListAnswer {
  readonly number: number
  readonly tools?: readonly ListedTool[]
}
