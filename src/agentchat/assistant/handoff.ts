/** Handing over to another agent: a tool that the model calls, without arguments. */
import type { ToolSpec } from '../../models/model.ts'
import { eitherOf, NAME, needed, type RulesOf, recordOf, TEXT } from '../../option-rules.ts'
import { refuseChat } from '../messages/refusal.ts'

/** To whom an assistant may hand over, and by which tool. */
export interface HandoffOptions {
  readonly target: string
  /** The tool's name. Default: `transfer_to_<target>`, in small letters. */
  readonly name?: string
  readonly description?: string
  /** The text of the handoff message. */
  readonly message?: string
}

export interface Handoff extends Required<HandoffOptions> {
  readonly spec: ToolSpec
}

const OPTIONS: RulesOf<HandoffOptions> = {
  target: needed(NAME),
  name: TEXT,
  description: TEXT,
  message: TEXT,
}

/** The name of an agent, or `HandoffOptions`. */
export const HANDOFF = eitherOf('a name, or an object with target', (given) => {
  return typeof given === 'string' ? NAME : recordOf(OPTIONS, 'a name, or an object with target')
})

/**
 * Fills in the defaults of a value that keeps the rule `HANDOFF`. Throws HEDDLE_INVALID_CHAT_AGENT.
 */
export function resolveHandoff(given: string | HandoffOptions): Handoff {
  const options = typeof given === 'string' ? { target: given } : given
  const { target } = options
  const {
    name = `transfer_to_${target}`.toLowerCase().replaceAll(/[^\w-]/g, '_'),
    description = `Hands over to ${target}.`,
    message = `${target} takes over from here.`,
  } = options
  if (!/^[\w-]{1,64}$/.test(name)) {
    const problem = `the name of its handoff '${name}' must be 1 to 64 letters, digits, _ or -`
    throw refuseChat('chat agent', problem)
  }
  const parameters = { type: 'object', properties: {}, additionalProperties: false }
  return { target, name, description, message, spec: { name, description, parameters } }
}
