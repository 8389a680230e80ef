/**
 * The same team on every runtime: the same runs give the same transcripts, also while simulated
 * lanes die.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Conversation } from '../../src/agentchat/conversations/conversation.ts'
import type { RunOptions, TaskResult } from '../../src/agentchat/runs/task.ts'
import type { Team } from '../../src/agentchat/teams/team.ts'
import { type Runtime, SingleThreadedRuntime, ThreadedRuntime } from '../../src/index.ts'
import { startSimulated } from '../../src/testing/index.ts'

/** The runs of one conversation, one after the other, and what is done between them. */
export type Play = readonly (RunOptions | 'save-and-load' | 'reset')[]

const SEEDS = Array.from({ length: 12 }, (_, at) => at + 1)

export function testTeam(title: string, team: Team, play: Play): void {
  describe(title, () => {
    let expected: readonly TaskResult[]
    let threaded: Runtime
    beforeAll(async () => {
      const runtime = await SingleThreadedRuntime.start({ agents: team.agents })
      expected = await playOn(team, runtime, 'conv', play)
      await runtime.stop()
      threaded = await ThreadedRuntime.start({ agents: team.agents, lanes: 2 })
    })
    afterAll(async () => void (await threaded?.stop({ deadlineMs: 0 })))

    test('gives the same transcripts on lanes as on one thread', async () => {
      expect(await playOn(team, threaded, 'conv', play)).toEqual(expected)
    })

    test('gives the same in every order of events, and while lanes die', async () => {
      for (const seed of SEEDS) {
        // after a second death a turn may count as poison
        const kills = { probability: 0.1, most: 1 }
        const { runtime } = await startSimulated({ agents: team.agents, seed, kills })
        expect(await playOn(team, runtime, 'conv', play), `seed ${seed}`).toEqual(expected)
        await runtime.stop({ deadlineMs: 0 })
      }
    })
  })
}

export async function playOn(
  team: Team,
  runtime: Runtime,
  key: string,
  play: Play,
): Promise<TaskResult[]> {
  let conversation: Conversation = team.conversation(runtime, key)
  const results: TaskResult[] = []
  for (const [at, act] of play.entries()) {
    if (act === 'reset') await conversation.reset()
    else if (act === 'save-and-load') {
      const saved = JSON.parse(JSON.stringify(await conversation.saveState()))
      await conversation.reset()
      conversation = team.conversation(runtime, `${key}`)
      await conversation.loadState(saved)
    } else results.push(withoutStacks(await conversation.run(act)))
    expect(at).toBeLessThan(1_000)
  }
  return results
}

/** Drops stacks, since they name lines of the runtime that the error came through. */
function withoutStacks(result: TaskResult): TaskResult {
  return JSON.parse(JSON.stringify(result, (name, value) => (name === 'stack' ? undefined : value)))
}
