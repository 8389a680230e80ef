/**
 * Tests one agent by itself: in real turns, without lanes and without other agents. In a test
 * runner, each check would be a test.
 */
import assert from 'node:assert/strict'
import { isHeddleError } from 'heddle'
import { testAgent } from 'heddle/testing'
import { clerk, Invoice, Order, Price } from './clerk.agent.ts'

const paper: string[] = []

function newClerk() {
  return testAgent(clerk, {
    key: 'shop-1',
    config: { limit: 100 },
    // replaces setup, which is not called
    resources: { print: (line: string) => paper.push(line) },
    // replaces the catalogue
    answers: (on) => [on(Price, ({ item }) => (item === 'silk' ? 40 : 4))],
  })
}

await check('an order becomes an invoice, on paper and on its topic', async () => {
  const agent = await newClerk()
  await agent.deliver(Order({ item: 'yarn', count: 3 }))
  assert.deepEqual(paper, ['3 yarn: 12'])
  assert.deepEqual(agent.published, [
    { message: Invoice({ number: 1, total: 12 }), topic: 'invoice/shop-1' },
  ])
})

await check('an order over the limit leaves no trace', async () => {
  const agent = await newClerk()
  await assert.rejects(agent.deliver(Order({ item: 'silk', count: 3 })), RangeError)
  assert.deepEqual(agent.state, { invoices: 0 })
  assert.deepEqual(agent.published, [])
})

await check('an unanswered question is reported by its name', async () => {
  const agent = await testAgent(clerk.with({ limit: 100 }))
  await assert.rejects(agent.deliver(Order({ item: 'yarn', count: 3 })), (error) => {
    return isHeddleError(error, 'HEDDLE_UNHANDLED_REQUEST') && error.fields.request === 'price'
  })
})

async function check(what: string, test: () => Promise<void>): Promise<void> {
  await test()
  console.log(`ok: ${what}`)
}
