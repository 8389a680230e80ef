import { availableParallelism } from 'node:os'
import { type Runtime, ThreadedRuntime } from 'heddle'
import { undecided } from './agents/undecided.team.ts'
import type { Question } from './question.ts'
import { race } from './race.ts'
import { spreadOf } from './spread.ts'
import { onStage } from './stage.ts'

type Conversation = ReturnType<typeof undecided.conversation>
type Run = ReturnType<Conversation['run']>

export const control: Question = {
  name: 'control',
  asks: 'a run is ended while the flows of all runs wait',
  goals: { stopP99Ms: { kind: 'at most', value: 50 }, cancelP99Ms: { kind: 'at most', value: 50 } },
  answer: (setting) =>
    onStage(async (stage) => {
      const { agents } = undecided
      const lanes = availableParallelism()
      const runtime = await stage.enter(ThreadedRuntime.start({ lanes, agents }))
      const runs = setting.size === 'full' ? 500 : 200
      const { stop, cancel } = await race(
        {
          stop: () => p99Of(runtime, runs, (conversation) => conversation.stop()),
          cancel: () => p99Of(runtime, runs, (_, controller) => controller.abort('enough')),
        },
        setting,
      )
      return { figures: { stopP99Ms: spreadOf(stop), cancelP99Ms: spreadOf(cancel) }, ratios: {} }
    }),
}

let laps = 0

/** Ends run after run. The time is from the call to the result of the run, in milliseconds. */
async function p99Of(
  runtime: Runtime,
  count: number,
  end: (conversation: Conversation, controller: AbortController) => unknown,
): Promise<number> {
  const lap = ++laps
  const all = Array.from({ length: count }, (_, at) => {
    const conversation = undecided.conversation(runtime, `lap-${lap}-${at}`)
    const controller = new AbortController()
    const run = conversation.run({ task: 'Well?', signal: controller.signal })
    return { conversation, controller, run }
  })
  const times: number[] = []
  for (const { conversation, controller, run } of all) {
    const began = performance.now()
    await end(conversation, controller)
    await assertCut(run)
    times.push(performance.now() - began)
  }
  await runtime.idle()
  return times.toSorted((one, other) => one - other)[Math.floor(times.length * 0.99)] as number
}

async function assertCut(run: Run): Promise<void> {
  const { stopReason } = await run
  if (['stopped', 'cancelled'].includes(stopReason.kind)) return
  throw new Error(`a run ended by itself: ${stopReason.text}`)
}
