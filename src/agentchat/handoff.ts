/** Handing over to another agent: a tool that the model calls, without arguments. */
import type { ToolSpec } from '../models/model.ts'
import { NAME, needed, type RulesOf, TEXT } from '../runtime/option-rules.ts'
import { checkOptions } from './options.ts'
import { refuseChat } from './refusal.ts'

/** To whom an assistant may hand over, and by which tool. */
export interface HandoffOptions {
  readonly target: string
  /** The tool's name. Default: `transfer_to_<target>`, in small letters. */
  readonly name?: string
  readonly description?: string
  /** What is said with it. */
  readonly message?: string
}

export interface Handoff extends Required<HandoffOptions> {
  readonly spec: ToolSpec
}

const RULES: RulesOf<HandoffOptions> = {
  target: needed(NAME),
  ...{ name: TEXT, description: TEXT, message: TEXT },
}

/** Fills in the defaults. Throws HEDDLE_INVALID_CHAT_AGENT. */
export function resolveHandoff(given: string | HandoffOptions): Handoff {
  const options = typeof given === 'string' ? { target: given } : given
  checkOptions<HandoffOptions>('tool', options, RULES, 'its handoff')
  const { target } = options
  const {
    name = `transfer_to_${target}`.toLowerCase().replaceAll(/[^\w-]/g, '_'),
    description = `Hands over to ${target}.`,
    message = `${target} takes over from here.`,
  } = options
  if (!/^[\w-]{1,64}$/.test(name)) {
    throw refuseChat('tool', 'its name must be 1 to 64 letters, digits, _ or -', name)
  }
  const parameters = { type: 'object', properties: {}, additionalProperties: false }
  return { target, name, description, message, spec: { name, description, parameters } }
}
