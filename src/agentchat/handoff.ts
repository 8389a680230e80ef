/** Handing over to another agent: a tool that the model calls, without arguments. */
import { describe } from '../errors.ts'
import type { ToolSpec } from '../models/model.ts'
import { checkNames, type NamesOf } from './options.ts'
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

const NAMES: NamesOf<HandoffOptions> = {
  target: true,
  name: true,
  description: true,
  message: true,
}

/** Fills in the defaults. Throws HEDDLE_INVALID_CHAT_AGENT. */
export function resolveHandoff(given: string | HandoffOptions): Handoff {
  const options = typeof given === 'string' ? { target: given } : given
  checkNames<HandoffOptions>('tool', options, NAMES, 'its handoff')
  const { target } = options
  if (typeof target !== 'string' || target === '') {
    throw refuseChat('tool', `its handoff's target is ${describe(target)}, and must be a name`)
  }
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
