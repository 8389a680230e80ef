import { defineResource } from 'heddle'

/**
 * Opened once per lane, when the first agent that uses it is set up. Closed when the lane stops.
 */
export const dyeBook = defineResource({
  name: 'dye-book',
  setup: () => {
    console.log('the dye book is opened')
    return { recipes: { madder: 'simmer', indigo: 'dip' }, readings: 0 }
  },
  dispose: (book) => console.log(`the dye book is closed, after ${book.readings} readings`),
})
