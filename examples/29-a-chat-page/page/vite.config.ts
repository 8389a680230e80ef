import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** `vite` alone serves the page while you change it, beside the example's server. */
export default defineConfig({
  plugins: [react()],
  server: { proxy: { '/api': 'http://127.0.0.1:3000' } },
})
