/**
 * Accounts that pay each other, ask each other, and write every turn to the journal. A turn fails,
 * or its thread dies, if its message says so.
 */
import { defineAgent, defineMessage, defineRequest, isHeddleError, type Turn } from 'heddle'
import { z } from 'zod'
import { Journal } from './journal.ts'

const id = z.string()

/** Takes money from the account and publishes it to another, with a notice for each of `tell`. */
export const Pay = defineMessage(
  'pay',
  z.object({
    id,
    to: z.string(),
    amount: z.number(),
    tell: z.array(z.string()),
    /** Another account to ask, which counts the request. */
    ask: z.string().optional(),
    /** How many attempts fail, after all their work is done. */
    failures: z.number(),
  }),
)
export const Credit = defineMessage('credit', z.object({ id, amount: z.number() }))
export const Notice = defineMessage('notice', z.object({ id }))
export const Asked = defineRequest('asked', { payload: z.object({ id }), reply: z.number() })
export const Checked = defineRequest('checked', {
  payload: z.object({ amount: z.number() }),
  reply: z.boolean(),
})

const config = z.object({ journal: z.string() })

interface AccountState {
  balance: number
  turns: number
}

export const account = defineAgent(import.meta.url, {
  type: 'account',
  config,
  setup: ({ config }) => ({ journal: new Journal(config.journal) }),
  state: { balance: 0, turns: 0 },
  retry: { maxAttempts: 100, firstDelayMs: 2, maxDelayMs: 50 },
  handlers: (on) => {
    type Own = Turn<AccountState, unknown, { readonly journal: Journal }>
    const own = { toSelf: true }
    /** One turn: written to the journal before and after, and counted in state. */
    const noted = async (turn: Own, id: string, amount: number, work: () => Promise<string[]>) => {
      const about = { id, agent: turn.id.type, key: turn.key, from: turn.sender?.key ?? '' }
      const { journal } = turn.resources
      journal.begin(about)
      // The turn may be undone because an earlier one failed. Then it is over for its key, whatever
      // its handler still does.
      const { signal } = turn
      const over = () => journal.failed(about)
      signal.addEventListener('abort', over)
      turn.state.turns += 1
      turn.state.balance += amount
      try {
        const published = await work()
        if (!signal.aborted) journal.end({ ...about, amount, published })
      } catch (error) {
        if (!signal.aborted) journal.failed(about)
        throw error
      } finally {
        signal.removeEventListener('abort', over)
      }
    }
    return [
      on(Pay, ({ id, to, amount, tell, ask, failures }, turn) =>
        noted(turn, id, -amount, async () => {
          await turn.send(Checked({ amount }), { type: 'clerk', key: turn.key })
          if (ask !== undefined) await askIfOneMay(turn, `${id}.a`, ask)
          turn.publish(Credit({ id: `${id}.c`, amount }), { type: 'credit', source: to }, own)
          for (const [at, key] of tell.entries()) {
            turn.publish(Notice({ id: `${id}.${at}` }), { type: 'notice', source: key }, own)
          }
          if (turn.attempt <= failures) throw new Error('as told')
          return [`${id}.c`, ...tell.map((_, at) => `${id}.${at}`)]
        }),
      ),
      on(Credit, ({ id, amount }, turn) => noted(turn, id, amount, () => soon())),
      on(Notice, ({ id }, turn) => noted(turn, id, 0, () => soon())),
      on(Asked, async ({ id }, turn) => {
        await noted(turn, id, 0, () => soon())
        return turn.state.turns
      }),
    ]
  },
})

/** Answers within the turns of its key, with a state of its own. */
export const clerk = defineAgent(import.meta.url, {
  type: 'clerk',
  state: { checks: 0 },
  handlers: (on) => [
    on(Checked, (_, turn) => {
      turn.state.checks += 1
      return true
    }),
  ],
})

/** An account that waits for this one can't be asked: the payment goes on without it. */
async function askIfOneMay(turn: Turn, id: string, key: string): Promise<void> {
  try {
    await turn.send(Asked({ id }), { type: 'account', key })
  } catch (error) {
    if (!isHeddleError(error, 'HEDDLE_REQUEST_CYCLE')) throw error
  }
}

/** Lets other keys of the lane run. */
function soon(): Promise<string[]> {
  return new Promise((resolve) => setImmediate(() => resolve([])))
}
