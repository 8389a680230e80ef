/** The facts about a message in records and dead letters. */
export interface MessageFacts {
  /** The same for all recipients of a publish. */
  readonly messageId: string
  /** The name of the message's type. */
  readonly message: string
  /** `type/key`; undefined: the message had no recipient. */
  readonly recipient: string | undefined
  /** `type/key`; undefined: it came from outside. */
  readonly sender: string | undefined
  /** `type/source`; undefined for a request. */
  readonly topic: string | undefined
  /** The `messageId` of the message whose turn sent this one; undefined: it came from outside. */
  readonly parent: string | undefined
  /** The `id` that was passed to `publish` or `send`. */
  readonly givenId: string | undefined
}
