/** A run as it happens: each item, a page that is kept up to date, and the console. */
import { printRun, type RunItem } from 'heddle/agentchat'
import { Page } from './page.ts'
import { story } from './storyteller.team.ts'

const page = new Page()
for await (const item of story.runStream({ task: 'How old is the loom?' })) {
  page.add(item)
  console.log(`${lineOf(item).padEnd(46)} | ${page.lines.at(-1)}`)
}

console.log('\nAgain, to the console:\n')
await printRun(story.runStream(), { totals: 'hidden' })

function lineOf(item: RunItem): string {
  switch (item.kind) {
    case 'chunk':
      return `chunk: '${item.content}'`
    case 'tool-calls':
      return `tool-calls: ${item.calls.map(({ name }) => name).join()}`
    case 'tool-results':
      return `tool-results: ${item.results.map(({ content }) => content).join()}`
    case 'speakers':
      return `speakers: ${item.names.join()}`
    case 'result':
      return `result: ${item.stopReason.text}`
    default:
      return `${item.kind}, ${item.source}`
  }
}
