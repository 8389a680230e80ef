/**
 * Which structured messages an agent answers with, for the team that it takes part in. Not part of
 * its public interface.
 */
import type { StructuredType } from '../messages/structured.ts'
import type { ChatAgent } from './chat-agent.ts'

type Output = StructuredType<unknown, unknown>

const outputs = new WeakMap<ChatAgent, Output>()

export function keepOutput(agent: ChatAgent, output: Output): void {
  outputs.set(agent, output)
}

export function outputOf(agent: ChatAgent): Output | undefined {
  return outputs.get(agent)
}
