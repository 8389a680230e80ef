/**
 * The same work on one lane and on three. If the answers differ, an agent keeps something outside
 * its state.
 */
import { ThreadedRuntime } from 'heddle'
import { Visit, visits } from './visits.agent.ts'

const KEYS = ['ann', 'bob', 'cy', 'dee', 'eve', 'flo']

async function answersOn(lanes: number): Promise<number[]> {
  const runtime = await ThreadedRuntime.start({ lanes, agents: [visits] })
  try {
    return await Promise.all(KEYS.map((key) => runtime.send(Visit(), `visits/${key}`)))
  } finally {
    await runtime.stop()
  }
}

const [one, three] = [await answersOn(1), await answersOn(3)]
console.log(`on one lane:    ${one.join(' ')}`)
const same = one.join() === three.join()
console.log(`on three lanes: ${same ? 'the same' : 'other numbers'}`)
if (!same) console.log('an agent keeps something outside its state')
