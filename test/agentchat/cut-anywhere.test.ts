/**
 * Runs that are cut at each event of a runtime whose lanes die now and then. What was said before
 * the cut and what is said afterwards are together what a run says that is not cut. The speakers
 * say what they have heard and how much they remember, so a missing or repeated message would show.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import type { Conversation } from '../../src/agentchat/conversations/conversation.ts'
import type { SavedConversation } from '../../src/agentchat/conversations/saved-conversation.ts'
import { textOf } from '../../src/agentchat/messages/chat-message.ts'
import type { TaskResult } from '../../src/agentchat/runs/task.ts'
import type { Runtime } from '../../src/index.ts'
import { type Simulation, startSimulated } from '../../src/testing/index.ts'
import { research } from '../fixtures/chat/research.team.ts'
import { writing } from '../fixtures/chat/writing.team.ts'

const TEAMS = { 'a graph': research, 'a round robin': writing }
/** At most one death: after a second one a turn may count as poison. */
const DEATHS = { probability: 0.02, most: 1 }

interface Stage {
  readonly runtime: Runtime
  readonly conversation: Conversation
  readonly simulation: Simulation
}

describe.each(Object.entries(TEAMS))('%s', (_, team) => {
  let whole: TaskResult
  let points: readonly number[]
  beforeAll(async () => {
    const { conversation, simulation } = await staged(1)
    whole = await conversation.run({ task: 'a topic' })
    points = Array.from({ length: simulation.steps }, (_, at) => at)
    expect(points.length).toBeGreaterThan(10)
  })

  test('cancelled anywhere, the next run goes on to the same end', async () => {
    const cut = await atAll(async (stage, point) => {
      const first = await cancelledAt(stage, point)
      return [first, ...(await toTheEnd(stage.conversation, first))]
    })
    expect(cut).toBeGreaterThan(points.length / 2)
  })

  test('stopped anywhere, the next run goes on to the same end', async () => {
    const cut = await atAll(async ({ conversation, simulation }, point) => {
      const running = conversation.run({ task: 'a topic' })
      await reached(simulation, point, running)
      await conversation.stop()
      const first = await running
      return [first, ...(await toTheEnd(conversation, first))]
    })
    expect(cut).toBeGreaterThan(points.length / 2)
  })

  test('paused anywhere, nobody begins until it is resumed, and it ends as if it had not been', async () => {
    const cut = await atAll(async ({ runtime, conversation, simulation }, point) => {
      const running = conversation.run({ task: 'a topic' })
      await reached(simulation, point, running)
      await conversation.pause()
      const saved = await conversation.saveState()
      const { accepted } = runtime.stats()
      for (let turn = 0; turn < 5; turn++) await turnOfTheLoop()
      expect(runtime.stats()).toMatchObject({ accepted })
      conversation.resume()
      const result = await running
      return hasEnded(saved) ? [result] : [{ ...result, wasCut: true }]
    })
    expect(cut).toBeGreaterThan(points.length / 2)
  })

  test('saved while it is paused anywhere, it goes on elsewhere to the same end', async () => {
    const cut = await atAll(async (stage, point, seed) => {
      const { conversation, simulation } = stage
      const controller = new AbortController()
      const running = conversation.run({ task: 'a topic', signal: controller.signal })
      await reached(simulation, point, running)
      await conversation.pause()
      const saved = JSON.parse(JSON.stringify(await conversation.saveState()))
      controller.abort('moved')
      const result = await running
      if (hasEnded(saved)) return [result]
      const elsewhere = await staged(seed + 1_000)
      await elsewhere.conversation.loadState(saved)
      const before = { ...result, messages: saved.manager.thread }
      return [before, ...(await toTheEnd(elsewhere.conversation, before))]
    })
    expect(cut).toBeGreaterThan(points.length / 2)
  })

  test('cancelled anywhere, another task runs like a first', async () => {
    for (const point of points) {
      const stage = await staged(point)
      await cancelledAt(stage, point)
      await stage.conversation.reset()
      const next = await stage.conversation.run({ task: 'a topic' })
      expect(said(next), `cancelled at ${point}, then reset`).toEqual(said(whole))
    }
    for (const point of points) {
      const stage = await staged(point)
      await cancelledAt(stage, point)
      const { messages, stopReason } = await stage.conversation.run({ task: 'another topic' })
      expect(stopReason.kind, `cancelled at ${point}`).toBe(whole.stopReason.kind)
      expect(messages.filter(({ source }) => source === 'user')).toHaveLength(1)
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
    const controller = new AbortController()
    const running = conversation.run({ task: 'a topic', signal: controller.signal })
    await reached(simulation, point, running)
    controller.abort('enough')
    return running
  }

  /** How many of the runs were really cut. */
  async function atAll(
    play: (stage: Stage, point: number, seed: number) => Promise<readonly TaskResult[]>,
  ): Promise<number> {
    let cut = 0
    for (const [seed, point] of points.entries()) {
      const results = await play(await staged(seed), point, seed)
      expect(results.flatMap(said), `cut at ${point}`).toEqual(said(whole))
      expect(results.at(-1)?.stopReason.kind).toBe(whole.stopReason.kind)
      if (results.length > 1 || 'wasCut' in (results[0] as TaskResult)) cut++
    }
    return cut
  }

  async function toTheEnd(conversation: Conversation, first: TaskResult): Promise<TaskResult[]> {
    if (first.stopReason.kind === whole.stopReason.kind) return []
    const hasBegun = first.messages.length > 0
    return [await conversation.run(hasBegun ? {} : { task: 'a topic' })]
  }
})

const hasEnded = ({ manager }: SavedConversation) => manager.state.run?.status === 'ended'
const said = ({ messages }: TaskResult) => messages.map((one) => `${one.source}: ${textOf(one)}`)

/** Resolves when the runtime has reached the event of this number, or the run has ended. */
async function reached(simulation: Simulation, point: number, running: Promise<unknown>) {
  let isOver = false
  void running.then(() => {
    isOver = true
  })
  const from = simulation.steps
  while (simulation.steps - from < point && !isOver) await turnOfTheLoop()
}

function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
