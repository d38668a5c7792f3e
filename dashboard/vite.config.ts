import { defineConfig } from 'vitest/config';

// What is built goes into the binary: files under /assets carry a hash of their content in their names.
export default defineConfig({
  base: '/',
  build: {
    target: 'es2022',
    sourcemap: false,
    // Nothing inline: the content security policy allows the service's own files only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000,
  },
  // `npm run dev` beside a running service.
  server: { proxy: { '/v1': 'http://127.0.0.1:8080', '/page.json': 'http://127.0.0.1:8080' } },
  test: { environment: 'node', testTimeout: 90_000, hookTimeout: 60_000, fileParallelism: false },
});
