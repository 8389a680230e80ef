/** A human as a participant: asked for, the run is suspended until the answer is there. */
import { describe } from '../errors.ts'
import { type ChatAgent, defineChatAgent } from './chat-agent.ts'
import { textOf } from './messages.ts'
import { checkNames, type NamesOf } from './options.ts'
import { refuseChat } from './refusal.ts'

/** What `userProxyAgent` is told. */
export interface UserProxyOptions {
  readonly name: string
  /** Default: "A human who answers questions and decides." */
  readonly description?: string
  /** What the human is asked. Default: the text of the last message. */
  readonly prompt?: string
}

const NAMES: NamesOf<UserProxyOptions> = { name: true, description: true, prompt: true }

/**
 * A human's place in a team. Where it is to speak, the run ends with the stop reason `input`, and `run({ input })` goes on, also in
 * another process with the saved state: nothing waits meanwhile. Handed over to, it hands back with the answer.
 * Throws HEDDLE_INVALID_CHAT_AGENT.
 */
export function userProxyAgent(options: UserProxyOptions): ChatAgent {
  checkNames<UserProxyOptions>('chat agent', options, NAMES)
  const { name, description = 'A human who answers questions and decides.', prompt } = options
  if (prompt !== undefined && typeof prompt !== 'string') {
    throw refuseChat('chat agent', `its prompt is ${describe(prompt)}, and must be a text`, name)
  }
  return defineChatAgent({
    name,
    description,
    produces: ['text', 'handoff'],
    respond: async (messages, { input, nextId }) => {
      const last = messages.at(-1)
      if (input === undefined) {
        const asked = prompt ?? (last === undefined ? 'What next?' : textOf(last))
        return { kind: 'input', prompt: asked }
      }
      const said = { id: nextId(), source: name, content: input }
      if (last?.kind === 'handoff' && last.target === name) {
        const { source: target } = last
        return { kind: 'message', message: { kind: 'handoff', ...said, target, context: [] } }
      }
      return { kind: 'message', message: { kind: 'text', ...said } }
    },
  })
}
