/** A run as it happens: each item, a page that is kept up to date, and the console. */
import { printRun, type RunItem } from 'heddle/agentchat'
import { Page } from './page.ts'
import { story } from './storyteller.team.ts'

const page = new Page()
for await (const item of story.runStream({ task: 'How old is the loom?' })) {
  page.add(item)
  console.log(lineOf(item))
  for (const { text } of page.coming.values()) console.log(`    so far: ${text.trim()}`)
}
console.log(`on the page: ${[...page.said.values()].join(' | ')}`)

console.log('\nAgain, to the console:\n')
await printRun(story.runStream(), { totals: 'hidden' })

function lineOf(item: RunItem): string {
  switch (item.kind) {
    case 'result':
      return `${item.kind}: ${item.stopReason.text}`
    case 'chunk':
      return `${item.kind}, ${item.source}: '${item.content}'`
    case 'retracted':
      return `${item.kind}, ${item.source}`
    case 'tool-calls':
      return `${item.kind}, ${item.source}: ${item.calls.map(({ name }) => name).join()}`
    case 'tool-results':
      return `${item.kind}, ${item.source}: ${item.results.map((one) => one.content).join()}`
    case 'speakers':
      return `${item.kind}, ${item.source}: ${item.names.join()}`
    default:
      return `${item.kind}, ${item.source}: ${'content' in item ? item.content : ''}`
  }
}
