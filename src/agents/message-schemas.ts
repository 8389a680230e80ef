/**
 * The schemas by which the agents of one thread take messages. Only the name of a message type
 * crosses threads, so two definitions of one name would pass for each other. A message that was
 * made by a different definition from its agent's is therefore also checked by the agent's schema,
 * where it is sent.
 */
import { HeddleError } from '../errors.ts'
import type { Envelope } from '../messages/message.ts'
import { checkSchema, type Schema } from '../messages/schema.ts'
import type { AgentDefinition } from './agent-definition.ts'

interface Taking {
  readonly agent: string
  readonly schema: Schema | undefined
}

export class MessageSchemas {
  /** By message name; for each schema, only the first agent that takes it. */
  readonly #takers = new Map<string, Taking[]>()

  learn({ type, handlers }: AgentDefinition): void {
    for (const [name, list] of handlers) {
      const known = this.#takers.get(name) ?? []
      this.#takers.set(name, known)
      for (const { schema } of list) {
        if (!known.some((other) => other.schema === schema)) known.push({ agent: type, schema })
      }
    }
  }

  /**
   * Throws HEDDLE_INVALID_PAYLOAD if an agent takes a different message of the same name, and this
   * one does not fit it.
   */
  assertFits(made: Envelope): void {
    for (const { agent, schema } of this.#takers.get(made.name) ?? []) {
      if (schema !== made.schemas.payload) assertFits(made, agent, schema)
    }
  }
}

function assertFits({ name, sealed }: Envelope, agent: string, schema: Schema | undefined): void {
  const checked =
    schema !== undefined
      ? checkSchema(schema, sealed)
      : { kind: sealed === undefined ? 'valid' : 'invalid', issues: ['it takes no payload'] }
  if (checked.kind !== 'invalid') return
  const other = `agent '${agent}' takes a different definition of '${name}' from the one that made it`
  const issues = checked.issues.map((issue) => `${other}: ${issue}`)
  throw new HeddleError('HEDDLE_INVALID_PAYLOAD', { message: name, issues })
}
