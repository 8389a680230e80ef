/** A graph of who speaks after whom, as data, and the options of its edges. */
import type { ChatMessage } from '../messages/chat-message.ts'

/** When an edge is taken, depending on what its node has just said. */
export type EdgeCondition =
  /** The text of the message contains this, case-sensitively. */
  | { readonly kind: 'contains'; readonly text: string }
  /** A field of a structured message equals this. The field is a path, as in `review.verdict`. */
  | {
      readonly kind: 'field'
      readonly path: string
      readonly equals: string | number | boolean | null
    }
  | {
      readonly kind: 'predicate'
      /**
       * Returns true or false synchronously; for anything else the run fails with
       * HEDDLE_INVALID_GRAPH. Must depend on the message alone, since a run that is loaded
       * elsewhere calls it there.
       */
      readonly test: (message: ChatMessage) => boolean
    }

/** Whether a node waits for all the edges of a group that can still be taken, or for one. */
export type Activation = 'all' | 'any'

/** A connection from a node to the next. */
export interface Edge {
  readonly from: string
  readonly to: string
  /** Undefined: always taken. */
  readonly when: EdgeCondition | undefined
  /** The group of edges into a node that this edge belongs to. */
  readonly group: string
  readonly activation: Activation
  /** How often the edge is taken in a run at most. Undefined: no limit. */
  readonly most: number | undefined
}

/** What `graph()…build()` made. */
export interface Graph {
  /**
   * In the order in which they were named. Nodes that are ready in the same step speak in this
   * order.
   */
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
