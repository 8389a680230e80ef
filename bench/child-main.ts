/**
 * The process of one question: `child-main.ts QUESTION SIZE`. It sends the answer to its parent.
 */
import { inspect } from 'node:util'
import type { FromChild } from './child.ts'
import { answerOf, type Setting, type Size } from './question.ts'
import { QUESTIONS } from './questions.ts'

const ROUNDS: Readonly<Record<Size, number>> = { full: 5, quick: 2 }

const [name = '', given = ''] = process.argv.slice(2)
const size: Size = given === 'quick' ? 'quick' : 'full'

process.once('disconnect', () => process.exit(1)) // no parent is left that could take the answer
tell(await answer())
process.removeAllListeners('disconnect')
process.disconnect?.()

async function answer(): Promise<FromChild> {
  try {
    const question = QUESTIONS.find((one) => one.name === name)
    if (question === undefined) throw new Error(`there is no question '${name}'`)
    const tellHow: Setting['tell'] = (line) => void process.stderr.write(`${name}: ${line}\n`)
    const findings = await question.answer({ rounds: ROUNDS[size], size, tell: tellHow })
    return { kind: 'answered', answer: answerOf(findings) }
  } catch (error) {
    return { kind: 'failed', error: inspect(error) }
  }
}

function tell(message: FromChild): void {
  process.send?.(message)
}
