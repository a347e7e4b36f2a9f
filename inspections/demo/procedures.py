"""Procedures that communes handle, with their usual terms; typical, not any province's own list."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Procedure:
    """A procedure: its field, its term in working days, how often it is asked for."""

    field: str
    name: str
    term: int
    weight: int


PROCEDURES = (
    Procedure("Chứng thực", "Chứng thực bản sao từ bản chính", 1, 30),
    Procedure("Chứng thực", "Chứng thực chữ ký trong các giấy tờ, văn bản", 1, 14),
    Procedure("Hộ tịch", "Đăng ký khai sinh", 1, 9),
    Procedure("Hộ tịch", "Đăng ký kết hôn", 3, 6),
    Procedure("Hộ tịch", "Cấp giấy xác nhận tình trạng hôn nhân", 3, 7),
    Procedure("Hộ tịch", "Đăng ký khai tử", 1, 4),
    Procedure("Đất đai", "Đăng ký, cấp Giấy chứng nhận quyền sử dụng đất lần đầu", 20, 5),
    Procedure("Đất đai", "Đăng ký biến động quyền sử dụng đất", 10, 8),
    Procedure("Đất đai", "Chuyển mục đích sử dụng đất", 15, 4),
    Procedure("Xây dựng", "Cấp giấy phép xây dựng nhà ở riêng lẻ", 15, 5),
    Procedure("Hộ kinh doanh", "Đăng ký thành lập hộ kinh doanh", 3, 6),
    Procedure("Bảo trợ xã hội", "Trợ cấp xã hội hằng tháng", 10, 5),
    Procedure("Người có công", "Hưởng mai táng phí, trợ cấp một lần", 12, 2),
    Procedure("Giáo dục", "Thành lập nhóm trẻ độc lập", 15, 1),
)
