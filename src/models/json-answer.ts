/** The JSON in a model's answer. */
import { codeBlocksIn } from './code-blocks.ts'

/**
 * The JSON that an answer is, or that it holds: in a fenced block, or between its first brace and
 * its last. Undefined: none.
 */
export function jsonIn(answer: string): unknown {
  const inBlocks = codeBlocksIn(answer).map(({ code }) => code)
  const inBraces = answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1)
  for (const text of [answer, ...inBlocks, inBraces]) {
    try {
      return JSON.parse(text) as unknown
    } catch {
      // The next place may hold it.
    }
  }
  return undefined
}
