/** What records and dead letters say of the message that they are about. */
export interface MessageFacts {
  /** The same for all recipients of a publish. */
  readonly messageId: string
  /** The name of its type. */
  readonly message: string
  /** `type/key`; undefined when there was no recipient. */
  readonly recipient: string | undefined
  /** `type/key`; undefined: it came from outside. */
  readonly sender: string | undefined
  /** `type/source`; undefined for a request. */
  readonly topic: string | undefined
  /** The `messageId` of the message whose turn sent this one; undefined: it came from outside. */
  readonly parent: string | undefined
  /** The `id` that `publish` or `send` was given. */
  readonly givenId: string | undefined
}
