/**
 * Every question is answered in a separate process, so that it does not find the heap, the compiled
 * code or the threads of the question before it, and can be ended if it hangs.
 */
import { type ChildProcess, fork } from 'node:child_process'
import type { Answer, Size } from './question.ts'

export type FromChild =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly error: string }

const DEADLINE_MS: Readonly<Record<Size, number>> = { full: 240_000, quick: 90_000 }
/**
 * A question ends everything that it started before it answers, so its process has nothing left to
 * do.
 */
const EXIT_MS = 5_000

/**
 * Rejects if there is no answer in time, if the process does not end by itself, or if `signal`
 * aborts.
 */
export function answerInChild(question: string, size: Size, signal: AbortSignal): Promise<Answer> {
  const child = fork(new URL('./child-main.ts', import.meta.url), [question, size], {
    execArgv: [...process.execArgv, '--expose-gc'],
  })
  const end = () => void child.kill('SIGKILL')
  process.once('exit', end)
  signal.addEventListener('abort', end, { once: true })
  return answerOf(child, size).finally(() => {
    process.off('exit', end)
    signal.removeEventListener('abort', end)
    end()
  })
}

function answerOf(child: ChildProcess, size: Size): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let said: FromChild | undefined
    const late = (problem: string) => () => reject(new Error(problem))
    let timer = setTimeout(
      late(`no answer after ${DEADLINE_MS[size] / 1_000} s`),
      DEADLINE_MS[size],
    )
    child.once('message', (message: FromChild) => {
      said = message
      clearTimeout(timer)
      timer = setTimeout(late('it answered, but something keeps its process alive'), EXIT_MS)
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      clearTimeout(timer)
      if (said?.kind === 'answered') resolve(said.answer)
      else reject(new Error(said?.error ?? `its process ended with ${signal ?? `code ${code}`}`))
    })
  })
}
