/** A graph of who speaks after whom, as data, and the builder that makes it. */
import type { ChatMessage } from '../messages/chat-message.ts'

/** When an edge is taken, by what its node has just said. */
export type EdgeCondition =
  /** The text of the message contains this, case and all. */
  | { readonly kind: 'contains'; readonly text: string }
  /** A field of a structured message equals this; a path as in `review.verdict`. */
  | {
      readonly kind: 'field'
      readonly path: string
      readonly equals: string | number | boolean | null
    }
  | {
      readonly kind: 'predicate'
      /**
       * Answers at once, with true or false; a run fails with HEDDLE_INVALID_GRAPH for anything
       * else. Must depend on the message alone: a run that is loaded elsewhere asks it there.
       */
      readonly test: (message: ChatMessage) => boolean
    }

/** Whether a node waits for all the edges of a group that can still be taken, or for one. */
export type Activation = 'all' | 'any'

/** One way from a node to the next. */
export interface Edge {
  readonly from: string
  readonly to: string
  /** Undefined: always taken. */
  readonly when: EdgeCondition | undefined
  /** Edges into a node that belong together. */
  readonly group: string
  readonly activation: Activation
  /** How often it is taken in a run, at most. Undefined: as often as it comes to it. */
  readonly most: number | undefined
}

/** What `graph()…build()` made. */
export interface Graph {
  /** In the order in which they were named; those that are ready at once speak in it. */
  readonly nodes: readonly string[]
  readonly edges: readonly Edge[]
  readonly entries: readonly string[]
}

/** How an edge differs from one that is always taken. */
export interface EdgeOptions {
  /** A text: the message contains it. A function, which must not be async: a predicate. */
  readonly when?: EdgeCondition | string | ((message: ChatMessage) => boolean)
  /** Default: all edges into the node are one group. */
  readonly group?: string
  /** Default: as its node says. All edges of a group must agree. */
  readonly activation?: Activation
  readonly most?: number
}
