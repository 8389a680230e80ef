import { expect, test } from 'vitest'
import { agentAt, ThreadedRuntime } from '../../src/index.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

test('an agent that was defined with another copy of heddle is refused, and both copies are named', async () => {
  const module = new URL('../fixtures/second-copy.agent.ts', import.meta.url)
  const agents = [agentAt(module, { type: 'stranger' })]
  const start = () => ThreadedRuntime.start({ lanes: 1, agents })
  const error = await expectRefusal(start, 'HEDDLE_TWO_COPIES', "'stranger'", 'one copy')
  expect(error.fields).toEqual({
    agent: 'stranger',
    agentCopy: expect.stringMatching(/define-agent\.ts\?second-copy$/),
    laneCopy: expect.stringMatching(/define-agent\.ts$/),
  })
})
