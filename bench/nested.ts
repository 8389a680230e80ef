import { type Runtime, SingleThreadedRuntime } from 'heddle'
import type { Team } from 'heddle/agentchat'
import { alone, nested as inner, TALK } from './agents/nested-teams.ts'
import type { Question } from './question.ts'
import { milliseconds, race } from './race.ts'
import { ratioOf, spreadOf } from './spread.ts'
import { onStage } from './stage.ts'

/** How many messages a conversation within another one has when it has grown. */
const GROWN = 3_200
/** Runs of one lap. */
const RUNS = 5

type Kind = keyof typeof inner

/**
 * What a turn costs in a team that is part of another one, over the same turn in a team alone; and
 * whether it costs more once the inner conversation is long.
 */
export const nested: Question = {
  name: 'nested',
  asks: `a talk of ${TALK} turns as part of another conversation, new and after ${GROWN} messages`,
  goals: {
    participantOverAlone: { kind: 'at most', value: 1.5 },
    participantGrowth: { kind: 'at most', value: 2 },
    nodeGrowth: { kind: 'at most', value: 2 },
    toolGrowth: { kind: 'at most', value: 2 },
    mindGrowth: { kind: 'at most', value: 2 },
  },
  answer: (setting) =>
    onStage(async (stage) => {
      const start = ({ agents }: Team) => stage.enter(SingleThreadedRuntime.start({ agents }))
      const growths: Record<string, ReturnType<typeof ratioOf>> = {}
      const aloneOn = await start(alone)
      let outside: { readonly nested: number[]; readonly alone: number[] } | undefined
      for (const kind of Object.keys(inner) as Kind[]) {
        const runtime = await start(inner[kind])
        await talkOn(runtime, inner[kind], 'grown', GROWN / TALK)
        let lap = 0
        const times = await race(
          {
            alone: () => lapOf(aloneOn, alone, `${kind} ${++lap}`),
            young: () => lapOf(runtime, inner[kind], `young ${++lap}`),
            grown: () => lapOf(runtime, inner[kind], 'grown'),
          },
          setting,
        )
        growths[`${kind}Growth`] = ratioOf(times.grown, times.young)
        if (kind === 'participant') outside = { nested: times.young, alone: times.alone }
      }
      const { nested: within, alone: without } = outside as NonNullable<typeof outside>
      const turnUs = (times: readonly number[]) =>
        spreadOf(times.map((ms) => (ms / (RUNS * TALK)) * 1_000))
      return {
        figures: { aloneTurnUs: turnUs(without), participantTurnUs: turnUs(within) },
        ratios: { participantOverAlone: ratioOf(within, without), ...growths },
      }
    }),
}

function lapOf(runtime: Runtime, team: Team, key: string): Promise<number> {
  return milliseconds(() => talkOn(runtime, team, key, RUNS))
}

async function talkOn(runtime: Runtime, team: Team, key: string, runs: number): Promise<void> {
  const conversation = team.conversation(runtime, key)
  for (let run = 0; run < runs; run++) {
    const { stopReason } = await conversation.run({ task: 'talk' })
    if (stopReason.kind === 'failed') throw new Error(stopReason.text)
  }
}
