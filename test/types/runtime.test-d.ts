/** What every runtime satisfies. */
import {
  type AgentRuntime,
  type DeadLetterBox,
  SingleThreadedRuntime,
  ThreadedRuntime,
} from '../../src/index.ts'
import { startSimulated } from '../../src/testing/index.ts'

export async function all(): Promise<readonly AgentRuntime[]> {
  const { runtime } = await startSimulated({ seed: 1 })
  const box: DeadLetterBox = runtime.deadLetters
  void box
  return [await SingleThreadedRuntime.start(), await ThreadedRuntime.start(), runtime]
}
