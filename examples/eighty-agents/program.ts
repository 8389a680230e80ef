/**
 * Runs all agents at once. It tells its parent of each answer, and of each heartbeat with the gaps
 * between the words that came since the last one.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { SingleThreadedRuntime, ThreadedRuntime } from 'heddle'
import type { Team } from 'heddle/agentchat'
import { dreamer, searcher, talker } from './agents.team.ts'
import { BEAT_MS, CALM_MS, QUESTIONS, SEARCHED, TALKERS } from './load.ts'

export type Told =
  | { readonly kind: 'started' }
  /** Milliseconds between one word and the next of the same answer. */
  | { readonly kind: 'beat'; readonly gaps: readonly number[] }
  | { readonly kind: 'answer' }
  | { readonly kind: 'tool'; readonly name: string; readonly text: string }

const tell = (told: Told) => void process.send?.(told)

const agents = [...talker.agents, ...searcher.agents, ...dreamer.agents]
const runtime = await (process.env.TOOLS === 'beside the agents'
  ? SingleThreadedRuntime.start({ agents })
  : ThreadedRuntime.start({ lanes: 2, agents }))
let gaps: number[] = []
const heart = setInterval(() => {
  tell({ kind: 'beat', gaps })
  gaps = []
}, BEAT_MS)

tell({ kind: 'started' })
const talk = Array.from({ length: TALKERS }, (_, at) => ask(talker, `${at}`, QUESTIONS, 'Well?'))
await pause(CALM_MS) // all of them talk when the tools begin
await Promise.all([
  ...talk,
  ...SEARCHED.map((end) => ask(searcher, end, 1, JSON.stringify({ end }))),
  ask(dreamer, 'pi', 1, '{}'),
])
clearInterval(heart)
await runtime.stop()
process.disconnect?.()

async function ask(team: Team, key: string, times: number, task: string): Promise<void> {
  const conversation = team.conversation(runtime, key)
  for (let asked = 0; asked < times; asked++) {
    let before: number | undefined
    for await (const item of conversation.runStream({ task })) {
      if (item.kind === 'chunk') {
        const now = performance.now()
        if (before !== undefined) gaps.push(now - before)
        before = now
      } else if (item.kind === 'tool-results') {
        for (const { name, content } of item.results) {
          tell({ kind: 'tool', name, text: String(content) })
        }
      }
    }
    tell({ kind: 'answer' })
  }
}
