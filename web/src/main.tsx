import './session/without-eval';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { CSPProvider } from '@base-ui/react/csp-provider';
import './styles/tokens.css';
import './styles/base.css';
import './styles/parts.css';
import { App } from './app';
import { Boundary } from './broken';

const root = document.getElementById('app');
if (root === null) throw new Error('index.html has no #app');
createRoot(root).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <Boundary>
        <App />
      </Boundary>
    </CSPProvider>
  </StrictMode>,
);
