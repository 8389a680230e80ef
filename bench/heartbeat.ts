import { availableParallelism } from 'node:os'
import type { ModelClient, ModelResult } from 'heddle/agentchat'
import { assistantAgent } from 'heddle/agentchat'
import { crunch, crunchHere } from './agents/smith.agent.ts'
import type { Question } from './question.ts'
import { race } from './race.ts'
import { ratioOf, spreadOf } from './spread.ts'
import { onStage } from './stage.ts'
import { stepsPerMicrosecond } from './work.ts'

const BEAT_MS = 20
const CALL_MS = 200

interface Late {
  /** The 99th percentiles, in milliseconds beyond what was due. */
  readonly beat: number
  readonly word: number
}

/** How late the loop and streamed words are while tools compute on every core. */
export const heartbeat: Question = {
  name: 'heartbeat',
  asks: `a heartbeat of ${BEAT_MS} ms and streamed words, while tools of ${CALL_MS} ms compute`,
  goals: {
    heartbeatP99Ms: { kind: 'at most', value: 50 },
    wordP99Ms: { kind: 'at most', value: 50 },
  },
  answer: (setting) =>
    onStage(async () => {
      const calls = setting.size === 'full' ? 10 : 3
      const steps = Math.round(CALL_MS * 1_000 * stepsPerMicrosecond())
      const compute = async (tool: typeof crunch) => {
        for (let call = 0; call < calls; call++) await tool.run({ steps })
      }
      const busy = (tool: typeof crunch) => {
        return Promise.all(Array.from({ length: availableParallelism() }, () => compute(tool)))
      }
      const { pool, loop } = await race(
        {
          pool: () => lateDuring(() => busy(crunch)),
          loop: () => lateDuring(() => busy(crunchHere)),
        },
        setting,
      )
      const beats = (all: readonly Late[]) => all.map(({ beat }) => beat)
      const words = (all: readonly Late[]) => all.map(({ word }) => word)
      return {
        figures: {
          heartbeatP99Ms: spreadOf(beats(pool)),
          wordP99Ms: spreadOf(words(pool)),
          onLoopHeartbeatP99Ms: spreadOf(beats(loop)),
          onLoopWordP99Ms: spreadOf(words(loop)),
        },
        ratios: { onLoopOverPool: ratioOf(beats(loop), beats(pool)) },
      }
    }),
}

/** Measures the heart and the words of an assistant, until the first of each after the work. */
async function lateDuring(work: () => Promise<unknown>): Promise<Late> {
  const beats = new Pulse()
  const words = new Pulse()
  const heart = setInterval(() => beats.hear(), BEAT_MS)
  const ending = new AbortController()
  const talking = listen(words, ending.signal)
  try {
    await Promise.all([beats.next(), words.next()])
    await work()
    await Promise.all([beats.next(), words.next()]) // what was held up has come
  } finally {
    clearInterval(heart)
    ending.abort()
    await talking
  }
  return { beat: beats.p99, word: words.p99 }
}

/** Something that is due every {@link BEAT_MS}. */
class Pulse {
  readonly #late: number[] = []
  #before: number | undefined
  #heard = () => {}

  hear(): void {
    const now = performance.now()
    if (this.#before !== undefined) this.#late.push(now - this.#before - BEAT_MS)
    this.#before = now
    this.#heard()
  }

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#heard = resolve
    })
  }

  /** In milliseconds, and at least a tenth: ratios are taken of it. */
  get p99(): number {
    const sorted = this.#late.toSorted((one, other) => one - other)
    return Math.max(0.1, sorted[Math.floor(sorted.length * 0.99)] ?? 0)
  }
}

async function listen(words: Pulse, signal: AbortSignal): Promise<void> {
  const agent = assistantAgent({ name: 'talker', model: endless, stream: 'chunks' })
  for await (const item of agent.runStream({ task: 'Go on.', signal })) {
    if (item.kind === 'chunk') words.hear()
  }
}

/** Says a word each {@link BEAT_MS}, until its call is aborted. */
const endless: ModelClient = {
  name: 'endless',
  capabilities: { tools: false, vision: false, structuredOutput: false },
  create: () => Promise.reject(new Error('it only streams')),
  async *stream({ signal }) {
    while (signal?.aborted !== true) {
      await new Promise((resolve) => setTimeout(resolve, BEAT_MS))
      yield { kind: 'chunk', text: 'word ' }
    }
    return undefined as unknown as ModelResult
  },
  countTokens: () => 0,
}
