import { assistantAgent, type ChatAgent } from 'heddle/agentchat'
import { type ScriptedAnswer, scriptedModel } from 'heddle/testing'

/**
 * A member of a team, with what it will say. A real model client would replace the scripted one.
 */
export function member(
  name: string,
  description: string,
  answers: readonly ScriptedAnswer[],
  handoffs: readonly string[] = [],
): ChatAgent {
  const model = scriptedModel(answers, { name: `model of ${name}` })
  return assistantAgent({ name, description, model, handoffs })
}
