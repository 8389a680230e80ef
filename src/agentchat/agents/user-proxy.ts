/**
 * A human as a participant: when it is to speak, the run is suspended until the answer is there.
 */
import { ELSEWHERE, type RulesOf, TEXT } from '../../option-rules.ts'
import { textOf } from '../messages/chat-message.ts'
import { checkOptions } from '../messages/options.ts'
import type { ChatAgent } from './chat-agent.ts'
import { defineChatAgent } from './define-chat-agent.ts'

/** The options of `userProxyAgent`. */
export interface UserProxyOptions {
  readonly name: string
  /** Default: "A human who answers questions and decides." */
  readonly description?: string
  /** What the human is asked. Default: the text of the last message. */
  readonly prompt?: string
}

const RULES: RulesOf<UserProxyOptions> = { name: ELSEWHERE, description: TEXT, prompt: TEXT }

/**
 * A human's place in a team. When it is to speak, the run ends with the stop reason `input`, and
 * `run({ input })` goes on, also in another process with the saved state: nothing waits meanwhile.
 * After a handoff to it, it hands back with the answer. Throws HEDDLE_INVALID_CHAT_AGENT.
 */
export function userProxyAgent(options: UserProxyOptions): ChatAgent {
  checkOptions<UserProxyOptions>('chat agent', options, RULES)
  const { name, description = 'A human who answers questions and decides.', prompt } = options
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
