/** `defineChatAgent`: chat agents that users write. */
import { types } from 'node:util'
import { describe } from '../../errors.ts'
import { isAgentType } from '../../ids/agent-id.ts'
import {
  ELSEWHERE,
  FUNCTION,
  MILLISECONDS,
  NAME,
  needed,
  type RulesOf,
  TEXT,
} from '../../option-rules.ts'
import { checkOptions, checkOwnName } from '../messages/options.ts'
import { refuseChat } from '../messages/refusal.ts'
import type { RunOptions } from '../runs/task.ts'
import { AgentSession } from './agent-session.ts'
import { askedBy } from './asking.ts'
import { type ChatAgent, type ChatAgentOptions, KINDS } from './chat-agent.ts'
import type { SavedAgent } from './saved-agent.ts'

const RULES: RulesOf<ChatAgentOptions> = {
  name: ELSEWHERE,
  description: TEXT,
  produces: KINDS,
  limit: NAME,
  turnTimeoutMs: MILLISECONDS,
  respond: needed(FUNCTION),
}

/** Defines a custom chat agent. Throws HEDDLE_INVALID_CHAT_AGENT. */
export function defineChatAgent(options: ChatAgentOptions): ChatAgent {
  checkOptions<ChatAgentOptions>('chat agent', options, RULES)
  const { name, description = '', produces = ['text'], limit, turnTimeoutMs, respond } = options
  if (!isAgentType(name)) {
    throw refuseChat('chat agent', 'its name must be letters, digits and _ - .', describe(name))
  }
  checkOwnName('chat agent', name)
  if (types.isGeneratorFunction(respond)) {
    const problem =
      'its respond is a generator function; return one response, and show more by emit'
    throw refuseChat('chat agent', problem, name)
  }
  const own = { name, produces, respond, limit, turnTimeoutMs }
  const session = new AgentSession(own, () => askedBy(agent))
  const agent: ChatAgent = Object.freeze({
    kind: 'chat-agent' as const,
    name,
    description,
    produces,
    limit,
    turnTimeoutMs,
    respond,
    run: (run: RunOptions = {}) => session.run(run),
    runStream: (run: RunOptions = {}) => session.runStream(run),
    reset: () => session.reset(),
    saveState: () => session.save(),
    loadState: (saved: SavedAgent) => session.load(saved),
  })
  return agent
}
