/** The JSON in a model's answer. */
import { codeBlocksIn } from './code-blocks.ts'

/**
 * The JSON of an answer: the whole answer, a fenced block in it, or the text between its first
 * brace and its last. Undefined when it has none.
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
