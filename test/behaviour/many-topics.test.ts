/**
 * There may be any number of topic types. Each stays distinct on the way to lanes and back (D8).
 */
import { expect, test } from 'vitest'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { collector } from '../fixtures/glue.ts'
import { Act, puppet } from '../fixtures/puppet.agent.ts'

onBothRuntimes('topic types that are seen once', ({ start }) => {
  test('arrive as they were published, both ways', async () => {
    const { agent, said } = collector([{ topicPrefix: 'report' }])
    const runtime = await start({ agents: [puppet, agent] })
    await runtime.subscribe({ agent: 'puppet', topicPrefix: 'made.' })
    const topics = Array.from({ length: 9_000 }, (_, at) => `made.${at}/k${at % 5}` as const)
    for (const topic of topics) {
      const at = topic.slice(5).replace('/', '-')
      const script = [{ do: 'facts' }, { do: 'report', topic: `report.${at}/here` }] as const
      await runtime.publish(Act(script), topic)
    }
    await runtime.idle()
    const heard = said.map(({ value }) => (value as { topic: string }).topic)
    expect(heard.toSorted()).toEqual(topics.toSorted())
    expect(runtime.stats()).toMatchObject({ deadLettered: 0, accepted: 2 * topics.length })
  })
})
