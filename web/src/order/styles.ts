/** Styles that only the order page needs. */
import '@mantine/core/styles/Overlay.layer.css';
import '@mantine/core/styles/ModalBase.layer.css';
import '@mantine/core/styles/Modal.layer.css';
import '@mantine/core/styles/Input.layer.css';
import '@mantine/core/styles/InlineInput.layer.css';
import '@mantine/core/styles/Radio.layer.css';
import '@mantine/core/styles/List.layer.css';
import '@mantine/core/styles/Timeline.layer.css';
import '@mantine/core/styles/SimpleGrid.layer.css';
