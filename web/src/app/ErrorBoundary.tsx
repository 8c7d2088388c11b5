import { Component, type ReactNode } from 'react';
import { UnexpectedErrorPage } from './UnexpectedErrorPage.tsx';

interface State {
  failed: boolean;
}

/** Shows the unexpected-error page instead of a blank one when a page breaks or its code cannot be loaded. */
export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { failed: false };

  static getDerivedStateFromError(): State {
    return { failed: true };
  }

  override render(): ReactNode {
    return this.state.failed ? <UnexpectedErrorPage /> : this.props.children;
  }
}
