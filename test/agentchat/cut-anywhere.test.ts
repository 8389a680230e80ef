/**
 * Runs that are cut at each event of a runtime whose lanes die now and then. What was said before
 * the cut and what is said afterwards are together what a run says that is not cut. The speakers
 * say what they have heard and how much they remember, so a missing or repeated message would show.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import type { Conversation } from '../../src/agentchat/conversations/conversation.ts'
import type { SavedConversation } from '../../src/agentchat/conversations/saved-conversation.ts'
import { type ChatMessage, textOf } from '../../src/agentchat/messages/chat-message.ts'
import type { InputRequest, RunOptions, TaskResult } from '../../src/agentchat/runs/task.ts'
import type { Runtime } from '../../src/index.ts'
import { type Simulation, startSimulated } from '../../src/testing/index.ts'
import { branches, nested, survey } from '../fixtures/chat/nested.team.ts'
import { research } from '../fixtures/chat/research.team.ts'
import { writing } from '../fixtures/chat/writing.team.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

const TEAMS = {
  'a graph': research,
  'a round robin': writing,
  'teams within teams': nested,
  'teams at the nodes of a graph': branches,
  'humans within teams': survey,
}
/** Cuts of one test, spread over all events. `HEDDLE_CUTS=all` cuts at each of them. */
const MOST_CUTS = 30
/** At most one death: after a second one a turn may count as poison. */
const DEATHS = { probability: 0.02, most: 1 }

interface Stage {
  readonly runtime: Runtime
  readonly conversation: Conversation
  readonly simulation: Simulation
}

describe.each(Object.entries(TEAMS))('%s', (_, team) => {
  let whole: readonly TaskResult[]
  let points: readonly number[]
  beforeAll(async () => {
    const { conversation, simulation } = await staged(1)
    whole = await toTheEnd(conversation, { task: 'a topic' })
    const { steps } = simulation
    expect(steps).toBeGreaterThan(10)
    const count = process.env.HEDDLE_CUTS === 'all' ? steps : Math.min(steps, MOST_CUTS)
    points = Array.from({ length: count }, (_, at) => Math.floor((at * steps) / count))
  })

  test('cancelled anywhere, the next run goes on to the same end', async () => {
    const cut = await atAll(async (stage, point) => {
      const before = await cancelledAt(stage, point)
      return [...before, ...(await goingOn(stage.conversation, before))]
    })
    expect(cut).toBeGreaterThan(points.length / 10)
  })

  test('stopped anywhere, the next run goes on to the same end', async () => {
    const cut = await atAll(async ({ conversation, simulation }, point) => {
      const running = playing(conversation)
      await reached(simulation, point, running.over)
      running.endsAfterThis()
      await conversation.stop()
      const before = await running.over
      return [...before, ...(await goingOn(conversation, before))]
    })
    expect(cut).toBeGreaterThan(points.length / 10)
  })

  test('paused anywhere, nobody begins until it is resumed, and it ends as if it had not been', async () => {
    const cut = await atAll(async ({ runtime, conversation, simulation }, point) => {
      const running = playing(conversation)
      await reached(simulation, point, running.over)
      await conversation.pause()
      const saved = await conversation.saveState()
      const { accepted } = runtime.stats()
      const isOver = hasEnded(saved)
      for (let turn = 0; turn < 5 && !isOver; turn++) await turnOfTheLoop()
      if (!isOver) expect(runtime.stats()).toMatchObject({ accepted })
      conversation.resume()
      const results = await running.over
      return isOver ? results : results.map((result) => ({ ...result, wasCut: true }))
    })
    expect(cut).toBeGreaterThan(points.length / 10)
  })

  test('saved while it is paused anywhere, it goes on elsewhere to the same end', async () => {
    const cut = await atAll(async (stage, point, seed) => {
      const { conversation, simulation } = stage
      const running = playing(conversation)
      await reached(simulation, point, running.over)
      running.endsAfterThis()
      await conversation.pause()
      const saved = JSON.parse(JSON.stringify(await conversation.saveState()))
      running.cancel('moved')
      const before = await running.over
      if (hasEnded(saved)) return [...before, ...(await goingOn(conversation, before))]
      const elsewhere = await staged(seed + 1_000)
      await elsewhere.conversation.loadState(saved)
      const moved = { ...(before.at(-1) as TaskResult), messages: saved.manager.thread }
      return [moved, ...(await goingOn(elsewhere.conversation, [moved]))]
    })
    expect(cut).toBeGreaterThan(points.length / 10)
  })

  test('cancelled anywhere, another task runs like a first', async () => {
    for (const point of points) {
      const stage = await staged(point)
      await cancelledAt(stage, point)
      await stage.conversation.reset()
      const next = await toTheEnd(stage.conversation, { task: 'a topic' })
      expect(next.flatMap(said), `cancelled at ${point}, then reset`).toEqual(whole.flatMap(said))
    }
    for (const point of points) {
      const stage = await staged(point)
      await cancelledAt(stage, point)
      const next = await toTheEnd(stage.conversation, { task: 'another topic' })
      expect(next.at(-1)?.stopReason.kind, `cancelled at ${point}`).toBe(endOf(whole))
      const tasks = next.flatMap(({ messages }) => messages).filter(isTask)
      expect(tasks).toHaveLength(1)
    }
  })

  async function staged(seed: number): Promise<Stage> {
    const { runtime, simulation } = await startSimulated({
      agents: team.agents,
      seed,
      kills: DEATHS,
    })
    return { runtime, conversation: team.conversation(runtime, 'conv'), simulation }
  }

  async function cancelledAt({ conversation, simulation }: Stage, point: number) {
    const running = playing(conversation)
    await reached(simulation, point, running.over)
    running.cancel('enough')
    return running.over
  }

  /** How many of the runs were really cut. */
  async function atAll(
    play: (stage: Stage, point: number, seed: number) => Promise<readonly TaskResult[]>,
  ): Promise<number> {
    let cut = 0
    for (const [seed, point] of points.entries()) {
      const results = await play(await staged(seed), point, seed)
      expect(results.flatMap(said), `cut at ${point}`).toEqual(whole.flatMap(said))
      expect(endOf(results)).toBe(endOf(whole))
      if (results.length > whole.length || 'wasCut' in (results[0] as TaskResult)) cut++
    }
    return cut
  }

  async function goingOn(conversation: Conversation, before: readonly TaskResult[]) {
    if (endOf(before) === endOf(whole)) return []
    if (endOf(before) === 'input') return answering(conversation, before.at(-1) as TaskResult)
    const hasBegun = before.some(({ messages }) => messages.length > 0)
    return toTheEnd(conversation, hasBegun ? {} : { task: 'a topic' })
  }
})

/** A play that is cut in one of its runs. */
function playing(conversation: Conversation) {
  const controller = new AbortController()
  let isLast = false
  const over = toTheEnd(conversation, { task: 'a topic' }, () => {
    return isLast ? undefined : { signal: controller.signal }
  })
  return {
    over,
    /** Humans do not answer any more. */
    endsAfterThis: () => {
      isLast = true
    },
    cancel: (reason: string) => {
      isLast = true
      controller.abort(reason)
    },
  }
}

type Options = () => RunOptions | undefined

/** Runs until nobody asks a human any more. `options`: of each run; undefined: there is no more. */
async function toTheEnd(
  conversation: Conversation,
  first: RunOptions,
  options: Options = () => ({}),
): Promise<TaskResult[]> {
  const result = await conversation.run({ ...first, ...options() })
  return [result, ...(await answering(conversation, result, options))]
}

/** The human who was asked last answers first, twice, and late once more. */
async function answering(
  conversation: Conversation,
  { stopReason }: TaskResult,
  options: Options = () => ({}),
): Promise<TaskResult[]> {
  const next = options()
  if (stopReason.kind !== 'input' || next === undefined) return []
  const { id, source } = stopReason.requests.at(-1) as InputRequest
  const input = { [id]: `${source} says yes` }
  const running = conversation.run({ input, ...next })
  await expectRefusal(() => conversation.run({ input }), 'HEDDLE_ALREADY_RUNNING')
  const result = await running
  if (result.stopReason.kind !== 'cancelled' && result.stopReason.kind !== 'stopped') {
    await expectRefusal(() => conversation.run({ input }), 'HEDDLE_INVALID_OPTION')
  }
  return [result, ...(await answering(conversation, result, options))]
}

const endOf = (results: readonly TaskResult[]) => results.at(-1)?.stopReason.kind
const isTask = ({ source }: ChatMessage) => source === 'user'
const hasEnded = ({ manager }: SavedConversation) => manager.state.run?.status === 'ended'
const said = ({ messages }: TaskResult) => messages.map((one) => `${one.source}: ${textOf(one)}`)

/** Resolves when the runtime has reached the event of this number, or the run has ended. */
async function reached(simulation: Simulation, point: number, running: Promise<unknown>) {
  let isOver = false
  running.then(
    () => {
      isOver = true
    },
    () => {}, // whoever plays awaits it
  )
  const from = simulation.steps
  while (simulation.steps - from < point && !isOver) await turnOfTheLoop()
}

function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
